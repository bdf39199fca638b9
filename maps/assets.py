"""Browser files of pages and maps: which are needed, where they come from, and how a page reaches them offline.

Third-party files come from npm (`package.json`) and are copied into the static folder by
`python -m maps.assets --out DIR`; our own files stay in `maps/static`. A page is written with the addresses that its
library chose; `localise` replaces each by a local one and raises on any address that it does not know, so that no
page can depend on a foreign server.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import mimetypes
import re
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from geo.errors import NotReadyError, PhusongError

PROJECT_DIR = Path(__file__).resolve().parent.parent
OWN_STATIC_DIR = Path(__file__).resolve().parent / "static"
STATIC_URL = "/static/"
VENDOR_PREFIX = "vendor/"
_REMEDY = "npm ci && python -m maps.assets --out $PHUSONG_HOME/static"

_REMOTE = re.compile(r"^(?:https?:)?//", re.IGNORECASE)
_TAG_ADDRESS = re.compile(
    r"""(<(?:script|link|img|iframe|source|audio|video|embed|object|image|use)\b[^>]*?\b(?:src|href|data|xlink:href)\s*=\s*)(["'])(.*?)\2""",
    re.IGNORECASE | re.DOTALL,
)
_CSS_ADDRESS = re.compile(r"""(url\(\s*|@import\s+)(["']?)([^"'()\s;]+)\2""", re.IGNORECASE)
# What a script would load by itself: tile templates and files; links of a credit line are text, not assets.
_SCRIPT_ADDRESS = re.compile(
    r"""(["'`])((?:https?:)?//[^"'`\s]+?(?:\{z\}[^"'`\s]*|\.(?:js|css|png|jpe?g|gif|svg|webp|json|geojson|pbf|woff2?|ttf|wasm)))\1"""
)
_SCRIPT_LINK = re.compile(r"""<script\b([^>]*?)\bsrc\s*=\s*["']([^"']+)["']([^>]*)>\s*</script>""", re.IGNORECASE)
_STYLE_LINK = re.compile(r"""<link\b(?=[^>]*\bstylesheet\b)[^>]*\bhref\s*=\s*["']([^"']+)["'][^>]*>""", re.IGNORECASE)


class UnmappedAssetError(PhusongError):
    """A page names an address outside this service that no local file stands for."""

    def __init__(self, address: str) -> None:
        """Say which address (shortened) has no local file."""
        shown = address[:200]
        super().__init__(
            en=f"The page would load {shown} from another server. "
            "Add the file to maps/assets.py or remove it from the page.",
            vi=f"Trang sẽ tải {shown} từ máy chủ khác. Hãy thêm tệp vào maps/assets.py hoặc bỏ khỏi trang.",
        )


class MissingAssetError(NotReadyError):
    """A browser file is not in the static folder yet."""

    def __init__(self, name: str) -> None:
        """Say which file is missing and which command brings it."""
        super().__init__(
            en=f"The browser file {name} is missing. Run ./run, or: {_REMEDY}",
            vi=f"Thiếu tệp trình duyệt {name}. Hãy chạy ./run, hoặc: {_REMEDY}",
        )


@dataclass(frozen=True)
class VendorFile:
    """One file of an npm package: its place there and in the static folder, and the addresses that libraries use."""

    package: str
    source: str
    target: str
    remote: str | None = None

    @property
    def name(self) -> str:
        """Path below the static folder, also the end of the local address."""
        return VENDOR_PREFIX + self.target


def _leaflet(source: str, *, remote: bool = False) -> VendorFile:
    pattern = rf"(?:https?:)?//[^/]+/(?:npm/|ajax/libs/)?leaflet[@/][^/]+/(?:dist/)?{re.escape(source)}"
    return VendorFile("leaflet", f"dist/{source}", f"leaflet/{source}", pattern if remote else None)


VENDOR_FILES: tuple[VendorFile, ...] = (
    _leaflet("leaflet.js", remote=True),
    _leaflet("leaflet.css", remote=True),
    _leaflet("images/layers.png"),
    _leaflet("images/layers-2x.png"),
    _leaflet("images/marker-icon.png"),
    _leaflet("images/marker-icon-2x.png"),
    _leaflet("images/marker-shadow.png"),
    VendorFile("leaflet", "LICENSE", "leaflet/LICENSE"),
)


def copy_vendor_files(out_dir: Path, *, node_modules: Path = PROJECT_DIR / "node_modules") -> list[Path]:
    """Copy every needed npm file below `out_dir`; raises MissingAssetError when `npm ci` has not run."""
    copied = []
    for file in VENDOR_FILES:
        source = node_modules / file.package / file.source
        if not source.is_file():
            raise MissingAssetError(f"{file.package}/{file.source}")
        target = out_dir / file.name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
        copied.append(target)
    return copied


def bring_vendor_files(static_dir: Path) -> None:
    """Copy the npm files; an image brings them ready-made instead. MissingAssetError when neither is there."""
    try:
        copy_vendor_files(static_dir)
    except MissingAssetError:
        if not (static_dir / VENDOR_PREFIX).is_dir():
            raise


def asset_path(name: str, static_dir: Path) -> Path:
    """Where the static file `name` lies: npm files in `static_dir`, our own beside this module."""
    if "\0" in name:
        raise MissingAssetError(name)
    root = static_dir if name.startswith(VENDOR_PREFIX) else OWN_STATIC_DIR
    path = (root / name).resolve()
    if not path.is_relative_to(root.resolve()) or not path.is_file():
        raise MissingAssetError(name)
    return path


def asset_url(name: str, static_dir: Path) -> str:
    """Local address of a static file with its content's mark, so that browsers may keep it for ever."""
    path = asset_path(name, static_dir)
    return f"{STATIC_URL}{name}?v={hashlib.sha256(path.read_bytes()).hexdigest()[:10]}"


def _local_name(address: str) -> str | None:
    for file in VENDOR_FILES:
        if file.remote and re.fullmatch(file.remote, address):
            return file.name
    return None


def _rewriter(static_dir: Path) -> Callable[[re.Match[str]], str]:
    def rewrite(match: re.Match[str]) -> str:
        lead, quote, address = match.groups()
        if address.startswith(STATIC_URL) and "?" not in address:
            return f"{lead}{quote}{asset_url(address.removeprefix(STATIC_URL), static_dir)}{quote}"
        if not _REMOTE.match(address.strip()):
            return match.group(0)
        name = _local_name(address.strip())
        if name is None:
            raise UnmappedAssetError(address)
        return f"{lead}{quote}{asset_url(name, static_dir)}{quote}"

    return rewrite


def localise(html: str, *, static_dir: Path) -> str:
    """Replace every foreign asset address of a page by a local one; raises UnmappedAssetError when there is none."""
    rewrite = _rewriter(static_dir)
    html = _CSS_ADDRESS.sub(rewrite, _TAG_ADDRESS.sub(rewrite, html))
    if loaded := _SCRIPT_ADDRESS.search(html):
        raise UnmappedAssetError(loaded.group(2))
    return html


def _data_uri(path: Path) -> str:
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return f"data:{kind};base64,{base64.b64encode(path.read_bytes()).decode('ascii')}"


def _inline_style(name: str, static_dir: Path) -> str:
    path = asset_path(name, static_dir)

    def embed(match: re.Match[str]) -> str:
        lead, _, address = match.groups()
        if address.startswith(("data:", "#")):
            return match.group(0)
        if _REMOTE.match(address):
            raise UnmappedAssetError(address)
        return f'{lead}"{_data_uri(path.parent / address)}"'

    return _CSS_ADDRESS.sub(embed, path.read_text(encoding="utf-8"))


def _static_name(address: str) -> str:
    if not address.startswith(STATIC_URL):
        raise UnmappedAssetError(address)
    return address.removeprefix(STATIC_URL).split("?")[0]


def inline(html: str, *, static_dir: Path) -> str:
    """Put every script and style of a localised page into it, so that it works from a file without any network."""

    def script(match: re.Match[str]) -> str:
        text = asset_path(_static_name(match.group(2)), static_dir).read_text(encoding="utf-8")
        text = re.sub(r"\n?//# sourceMappingURL=\S+", "", text)
        return "<script>" + text.replace("</script", r"<\/script") + "</script>"

    def style(match: re.Match[str]) -> str:
        return f"<style>{_inline_style(_static_name(match.group(1)), static_dir)}</style>"

    return _STYLE_LINK.sub(style, _SCRIPT_LINK.sub(script, localise(html, static_dir=static_dir)))


def main(arguments: list[str] | None = None) -> int:
    """Copy the npm files into the static folder (`--out`)."""
    parser = argparse.ArgumentParser(prog="python -m maps.assets", description=main.__doc__)
    parser.add_argument("--out", type=Path, required=True, help="static folder, usually $PHUSONG_HOME/static")
    parser.add_argument("--node-modules", type=Path, default=PROJECT_DIR / "node_modules")
    options = parser.parse_args(arguments)
    copied = copy_vendor_files(options.out, node_modules=options.node_modules)
    sys.stdout.write(f"{len(copied)} files -> {options.out}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
