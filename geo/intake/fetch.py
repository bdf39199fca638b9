"""Fetches a file from an http(s) address without becoming a way into the private network."""

from __future__ import annotations

import ipaddress
import re
import socket
import time
from email.message import Message
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urljoin, urlsplit

import httpx

from geo.errors import BadInputError, UnreadableFileError
from geo.intake.files import too_large

_MAX_REDIRECTS = 5
# A server that sends a byte now and then must not hold an import for ever.
_WHOLE_TIME_S = 600.0
_TIMEOUT = httpx.Timeout(30.0, connect=10.0)
_SUFFIX_OF_TYPE = {
    "text/csv": ".csv",
    "text/tab-separated-values": ".tsv",
    "application/geo+json": ".geojson",
    "application/json": ".geojson",
    "application/geopackage+sqlite3": ".gpkg",
    "application/zip": ".zip",
    "application/x-zip-compressed": ".zip",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.ms-excel": ".xls",
    "application/vnd.oasis.opendocument.spreadsheet": ".ods",
    "application/vnd.google-earth.kml+xml": ".kml",
    "application/vnd.google-earth.kmz": ".kmz",
    "image/tiff": ".tif",
}


def fetch(url: str, folder: Path, *, limit_bytes: int, allow_private: bool) -> Path:
    """Fetch an address into `folder` and return the file.

    Each redirect is checked like the first address, and the connection goes to the very address that was checked.

    Raises:
        BadInputError: not http(s), or an address of this machine or a private network.
        UnreadableFileError: it cannot be fetched.
        FileTooLargeError: it is over the limit.
    """
    with httpx.Client(timeout=_TIMEOUT, trust_env=False, follow_redirects=False) as client:
        for _ in range(_MAX_REDIRECTS + 1):
            request = _pinned_request(client, url, allow_private=allow_private)
            try:
                response = client.send(request, stream=True)
            except httpx.HTTPError as error:
                raise _failed(url, str(error) or type(error).__name__) from error
            try:
                if response.is_redirect:
                    url = urljoin(url, response.headers["location"])
                    continue
                return _save(response, url, folder, limit_bytes)
            finally:
                response.close()
    raise _failed(url, f"more than {_MAX_REDIRECTS} redirects")


def _pinned_request(client: httpx.Client, url: str, *, allow_private: bool) -> httpx.Request:
    """Return a request that connects to the checked number, so that a second look-up cannot give another one."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadInputError(
            f"Only http and https addresses can be fetched, not {parts.scheme}://.",
            f"Chỉ tải được địa chỉ http và https, không phải {parts.scheme}://.",
        )
    number = _checked_address(parts.hostname, parts.port or (443 if parts.scheme == "https" else 80), allow_private)
    host = f"[{number}]" if ":" in number else number
    target = httpx.URL(url).copy_with(host=host)
    extensions = {"sni_hostname": parts.hostname} if parts.scheme == "https" else {}
    return client.build_request("GET", target, headers={"Host": parts.netloc.rpartition("@")[2]}, extensions=extensions)


def _checked_address(hostname: str, port: int, allow_private: bool) -> str:
    try:
        found = socket.getaddrinfo(hostname, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise _failed(hostname, str(error)) from error
    numbers = [str(entry[4][0]) for entry in found]
    if not allow_private and not all(_is_public(number) for number in numbers):
        raise BadInputError(
            f"{hostname} is an address of this machine or of a private network; such addresses are not fetched.",
            f"{hostname} là địa chỉ của chính máy này hoặc mạng nội bộ; không tải từ địa chỉ như vậy.",
        )
    return numbers[0]


def _is_public(number: str) -> bool:
    address = ipaddress.ip_address(number.partition("%")[0])
    mapped = getattr(address, "ipv4_mapped", None)
    if mapped is not None:
        address = mapped
    return address.is_global and not address.is_multicast


def _save(response: httpx.Response, url: str, folder: Path, limit_bytes: int) -> Path:
    if response.status_code != httpx.codes.OK:
        raise _failed(url, f"HTTP {response.status_code}")
    name = _file_name(response, url)
    declared_bytes = int(response.headers.get("content-length") or 0)
    if declared_bytes > limit_bytes:
        raise too_large(name, declared_bytes, limit_bytes)
    path, size_bytes = folder / name, 0
    deadline_s = time.monotonic() + _WHOLE_TIME_S
    try:
        with path.open("wb") as sink:
            for chunk in response.iter_bytes():
                size_bytes += len(chunk)
                if time.monotonic() > deadline_s:
                    raise _failed(url, f"more than {_WHOLE_TIME_S:.0f} s")
                if size_bytes > limit_bytes:
                    raise too_large(name, size_bytes, limit_bytes)
                sink.write(chunk)
    except httpx.HTTPError as error:
        raise _failed(url, str(error) or type(error).__name__) from error
    return path


def _file_name(response: httpx.Response, url: str) -> str:
    message = Message()
    message["content-disposition"] = response.headers.get("content-disposition", "")
    name = message.get_filename() or unquote(PurePosixPath(urlsplit(url).path).name) or "download"
    name = re.sub(r"[^\w.\- ]", "_", name.replace("\\", "/").rpartition("/")[2]).strip(". ")[-100:] or "download"
    content_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    wanted = _SUFFIX_OF_TYPE.get(content_type)
    if wanted and not PurePosixPath(name).suffix:
        name += wanted
    return name


def _failed(what: str, reason: str) -> UnreadableFileError:
    return UnreadableFileError(f"{what} cannot be fetched: {reason}.", f"Không tải được {what}: {reason}.")
