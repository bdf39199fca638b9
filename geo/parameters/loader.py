"""Reads parameter files: shipped with the package, or from a folder of the province's own that takes precedence.

A file of the same name in the province's folder replaces the shipped one as a whole, so that no value of another
province remains unnoticed; the limits of the shipped entries hold for it too. The hash of the file that was read is
part of every version string.
"""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from geo.errors import ParameterError
from geo.parameters.schema import Parameter, ParameterSet, Text

Model = TypeVar("Model", bound=BaseModel)
SUFFIX = ".yaml"


@dataclass(frozen=True)
class ParameterFile:
    """One file as read: its parsed content with sources filled in, where it came from and its SHA-256."""

    name: str
    origin: str
    digest: str
    content: Mapping[str, Any]


class _UniqueKeyLoader(yaml.SafeLoader):
    """Safe YAML loader that refuses a key given twice, which YAML itself would silently overwrite."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        """Build a mapping, raising on the second appearance of a key."""
        seen: set[Hashable] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.constructor.ConstructorError(None, None, f"key '{key}' is given twice", key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep)


def load_parameters(name: str, *, parameters_dir: Path | None = None) -> ParameterSet:
    """Return the parameters of the file `name` (for example "radio/defaults"), cached.

    The file has `version`, `title` {vi, en}, optional `sources` {key: Source} and `parameters`, a tree whose leaves
    have `value` or `values`, `unit` and `source`. A leaf's `source` is a Source, a key of `sources`, or
    `{use: key, clause: …, quote: …}`, which takes the shared source and changes the given parts.

    Raises:
        ParameterError: the file is missing or wrong; the message names file, key, fault and remedy.
    """
    return _parameters(name, parameters_dir)


def load_model(name: str, model: type[Model], *, parameters_dir: Path | None = None) -> tuple[Model, ParameterFile]:
    """Return the file `name` read as `model`, and the file itself (for its version and hash).

    Raises:
        ParameterError: the file is missing or does not fit the model.
    """
    file = read_file(name, parameters_dir=parameters_dir)
    return validate(file, model, file.content), file


def read_file(name: str, *, parameters_dir: Path | None = None) -> ParameterFile:
    """Return the file `name`, the province's own if there is one, with shared sources filled in. Cached."""
    return _read(name, parameters_dir)


def list_files(folder: str, *, parameters_dir: Path | None = None) -> tuple[str, ...]:
    """Return the names of all parameter files in `folder`, the shipped and the province's own, sorted."""
    names = {entry.name for entry in _entries(resources.files("geo.parameters").joinpath(folder))}
    if parameters_dir is not None:
        names |= {entry.name for entry in _entries(parameters_dir / folder)}
    return tuple(f"{folder}/{name.removesuffix(SUFFIX)}" for name in sorted(names))


def validate(file: ParameterFile, model: type[Model], content: object, key: str = "") -> Model:
    """Return `content` as `model`; `key` says where in the file it stands.

    Raises:
        ParameterError: every fault found, with file and key.
    """
    try:
        return model.model_validate(content)
    except ValidationError as error:
        found = [
            (
                ".".join([*([key] if key else []), *map(str, fault["loc"])]) or "(top)",
                Text(en=fault["msg"], vi=fault.get("ctx", {}).get("vi", fault["msg"])),
            )
            for fault in error.errors()
        ]
        raise _wrong(file, found) from error


def clear_cache() -> None:
    """Forget what was read, so that changed files are read again."""
    _read.cache_clear()
    _parameters.cache_clear()


@lru_cache(maxsize=256)
def _parameters(name: str, parameters_dir: Path | None) -> ParameterSet:
    file = read_file(name, parameters_dir=parameters_dir)
    _check_keys(file)
    parameters = {
        key: validate(file, Parameter, leaf, key) for key, leaf in _leaves(file, file.content["parameters"], "")
    }
    if _own_path(name, parameters_dir) is not None and _shipped(name).is_file():
        _check_shipped_limits(file, parameters, _parameters(name, None).parameters)
    return ParameterSet(
        name=file.name,
        version=str(file.content["version"]),
        digest=file.digest,
        origin=file.origin,
        title=validate(file, Text, file.content["title"], "title"),
        parameters=parameters,
    )


@lru_cache(maxsize=256)
def _read(name: str, parameters_dir: Path | None) -> ParameterFile:
    path = _locate(name, parameters_dir)
    origin = f"{name}{SUFFIX}" if parameters_dir is None or not isinstance(path, Path) else str(path)
    try:
        raw = path.read_bytes()
        content = yaml.load(raw.decode("utf-8"), Loader=_UniqueKeyLoader)  # noqa: S506 (a SafeLoader)
    except FileNotFoundError as error:
        raise ParameterError(
            f"Parameter file {origin} does not exist; check the name and the parameter folder.",
            f"Không có tệp tham số {origin}; hãy kiểm tra tên và thư mục tham số.",
        ) from error
    except (UnicodeDecodeError, yaml.YAMLError, OSError) as error:
        reason = " ".join(str(error).split())
        raise ParameterError(
            f"Parameter file {origin} cannot be read as YAML in UTF-8: {reason}. Correct the file.",
            f"Không đọc được tệp tham số {origin} (YAML, UTF-8): {reason}. Hãy sửa tệp.",
        ) from error
    if not isinstance(content, dict):
        raise ParameterError(
            f"Parameter file {origin} is empty or is not a mapping of keys.",
            f"Tệp tham số {origin} rỗng hoặc không phải dạng khóa - giá trị.",
        )
    shared = content.pop("sources", None) or {}
    filled = _fill_sources(content, shared, origin)
    return ParameterFile(name=name, origin=origin, digest=hashlib.sha256(raw).hexdigest(), content=filled)


def _locate(name: str, parameters_dir: Path | None) -> Traversable:
    return _own_path(name, parameters_dir) or _shipped(name)


def _own_path(name: str, parameters_dir: Path | None) -> Path | None:
    """Return the province's own file of a name, None where there is none."""
    own = None if parameters_dir is None else parameters_dir / f"{name}{SUFFIX}"
    return own if own is not None and own.is_file() else None


def _shipped(name: str) -> Traversable:
    return resources.files("geo.parameters").joinpath(*f"{name}{SUFFIX}".split("/"))


def _entries(folder: Traversable) -> Iterator[Traversable]:
    if folder.is_dir():
        yield from (entry for entry in folder.iterdir() if entry.is_file() and entry.name.endswith(SUFFIX))


def _fill_sources(node: Any, shared: Mapping[str, Any], origin: str) -> Any:
    """Return `node` with every `source` that refers to a shared source replaced by the whole source."""
    if isinstance(node, list):
        return [_fill_sources(item, shared, origin) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        key: _one_source(value, shared, origin) if key == "source" else _fill_sources(value, shared, origin)
        for key, value in node.items()
    }


def _one_source(value: Any, shared: Mapping[str, Any], origin: str) -> Any:
    if isinstance(value, str):
        value = {"use": value}
    if not isinstance(value, dict) or "use" not in value:
        return value
    key = value["use"]
    if key not in shared:
        raise ParameterError(
            f"Parameter file {origin}: source '{key}' is not listed under 'sources'; add it there.",
            f"Tệp tham số {origin}: nguồn '{key}' không có trong mục 'sources'; hãy bổ sung.",
        )
    return {**shared[key], **{part: given for part, given in value.items() if part != "use"}}


def _check_keys(file: ParameterFile) -> None:
    wanted = {"version", "title", "parameters"}
    found = set(file.content)
    if found != wanted or not isinstance(file.content["parameters"], dict):
        raise ParameterError(
            f"Parameter file {file.origin} must have the keys version, title and parameters (and sources if shared); "
            f"missing: {sorted(wanted - found)}, unknown: {sorted(map(str, found - wanted))}.",
            f"Tệp tham số {file.origin} phải có các khóa version, title, parameters (và sources nếu dùng chung); "
            f"thiếu: {sorted(wanted - found)}, không rõ: {sorted(map(str, found - wanted))}.",
        )


def _check_shipped_limits(
    file: ParameterFile, parameters: Mapping[str, Parameter], shipped: Mapping[str, Parameter]
) -> None:
    """Hold a province's own values to the limits of the shipped file, whether the own file repeats them or not."""
    faults = []
    for key, parameter in parameters.items():
        limits = _limits_for(key, shipped)
        if limits is not None:
            said = (limits.fault_of(entry.value) for entry in parameter.dated_values)
            faults += [(key, fault) for fault in said if fault is not None]
    if faults:
        raise _wrong(file, faults)


def _limits_for(key: str, shipped: Mapping[str, Parameter]) -> Parameter | None:
    """Return the shipped entry whose limits hold for `key`.

    An entry that the shipped file does not have (another band, another class of land cover) takes the limits that all
    entries of its group share.
    """
    if key in shipped:
        return shipped[key]
    group = key.rpartition(".")[0]
    siblings = [entry for name, entry in shipped.items() if group and name.rpartition(".")[0] == group]
    return siblings[0] if len({entry.limits for entry in siblings}) == 1 else None


def _wrong(file: ParameterFile, faults: Iterable[tuple[str, Text]]) -> ParameterError:
    listed = list(faults)
    en = "; ".join(f"{key}: {fault.en}" for key, fault in listed)
    vi = "; ".join(f"{key}: {fault.vi}" for key, fault in listed)
    return ParameterError(
        f"Parameter file {file.origin} is wrong: {en}. Correct the keys named.",
        f"Tệp tham số {file.origin} sai: {vi}. Hãy sửa các khóa đã nêu.",
    )


def _leaves(file: ParameterFile, node: Mapping[Any, Any], prefix: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, child in node.items():
        key = f"{prefix}{name}"
        if not isinstance(child, dict) or "." in str(name):
            raise ParameterError(
                f"Parameter file {file.origin}: '{key}' must be a group or a parameter with value, unit and source, "
                "and its name must not contain a full stop.",
                f"Tệp tham số {file.origin}: '{key}' phải là một nhóm hoặc tham số có giá trị, đơn vị, nguồn, "
                "và tên không chứa dấu chấm.",
            )
        if "value" in child or "values" in child:
            yield key, child
        else:
            yield from _leaves(file, child, f"{key}.")
