"""Best servers as they are kept: layer by layer, together with the masts that made them.

The last state of a place is brought up to date: only the layers of masts that came or left are opened, all others stay
packed as they are.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from geo.radio.kernels.merge import NO_CELL
from geo.radio.layers import LayerKey, LayerStack
from geo.radio.link_budget import ResolvedCell
from geo.store.packed import pack_arrays, pack_rasters, unpack_array, unpack_rasters
from geo.store.result_entries import Parts
from geo.workflows.assessment.bench import KeyedMast
from geo.workflows.assessment.keys import digest_of

# Where more masts than this share changed, best servers are merged from nothing.
MOST_CHANGED_SHARE = 0.25
MADE_OF, CONTENT = "made_of", "content"
# Cells by layer of every mast, by its digest.
MadeOf = Mapping[str, Mapping[str, Sequence[int]]]


def layer_name(key: LayerKey) -> str:
    """Return the name of a layer in a kept state."""
    return f"{key[0]} {key[1]}"


def layer_of(cell: ResolvedCell) -> str:
    """Return the name of the layer that a cell is merged into."""
    return layer_name((cell.technology, cell.operator_code))


@dataclass(frozen=True, eq=False)
class Change:
    """What lies between a state and the masts that are wanted: masts that came, and cells by layer that left."""

    came: tuple[KeyedMast, ...]
    gone: Mapping[str, Sequence[int]]
    layers: frozenset[str]


def last_masts(parts: Parts | None) -> MadeOf:
    """Return the masts that made a kept state, none without one."""
    found: MadeOf = {} if parts is None else json.loads(parts[MADE_OF])
    return found


def change_since(before: MadeOf, masts: Sequence[KeyedMast]) -> Change | None:
    """Return what changed since a state was made, None where it is no use: there is none, or too much changed."""
    now = {keyed.digest for keyed in masts}
    changed = len(now.symmetric_difference(before))
    if not before or changed > MOST_CHANGED_SHARE * max(1, len(now)):
        return None
    came = tuple(keyed for keyed in masts if keyed.digest not in before)
    gone: dict[str, list[int]] = {}
    for digest in before.keys() - now:
        for layer, cells in before[digest].items():
            gone.setdefault(layer, []).extend(cells)
    return Change(came, gone, frozenset(gone) | {layer_of(cell) for keyed in came for cell in keyed.mast.cells})


@dataclass(frozen=True, eq=False)
class State:
    """Best servers by layer and the masts that made them; `open_layers` are those that are at hand unpacked.

    `content` has for each layer a digest of its levels, servers and marks, and the cells that serve.
    """

    made_of: MadeOf
    content: Mapping[str, tuple[str, Sequence[int]]]
    packed: Parts
    open_layers: LayerStack | None = field(default=None, repr=False)

    @classmethod
    def from_parts(cls, parts: Parts) -> State:
        """Return a state from its kept form."""
        described = json.loads(parts[CONTENT])
        content = {name: (digest, serving) for name, (digest, serving) in described.items()}
        return cls(last_masts(parts), content, parts)

    @classmethod
    def of(cls, stack: LayerStack, masts: Sequence[KeyedMast], before: State | None = None) -> State:
        """Return the state of masts: layers of a stack, and those of the state before that are not in it."""
        names = {layer_name(key): key for key in stack.keys}
        content = {} if before is None else dict(before.content)
        parts = {} if before is None else dict(before.packed)
        made_of = {keyed.digest: _by_layer(keyed) for keyed in masts}
        present = {layer for layers in made_of.values() for layer in layers}
        for name, key in names.items():
            digest, serving = _content(stack, key)
            if name not in content or content[name][0] != digest:
                parts.update(_packed(name, stack, key))
            content[name] = (digest, serving)
        content = {name: found for name, found in content.items() if name in present}
        kept = {part: parts[part] for name in content for part in _part_names(name)}
        return cls(made_of, content, kept, stack)

    def to_parts(self) -> Parts:
        """Return what is kept."""
        described = {MADE_OF: self.made_of, CONTENT: self.content}
        text = {name: json.dumps(value, separators=(",", ":")).encode() for name, value in described.items()}
        return {**self.packed, **text}

    def fill(self, stack: LayerStack) -> None:
        """Fill the layers of a stack; one that the state does not have stays empty."""
        for key in stack.keys:
            name = layer_name(key)
            if self.open_layers is not None and key in self.open_layers.level:
                stack.level[key] = self.open_layers.level[key]
                stack.server[key] = self.open_layers.server[key]
                stack.unknown[key] = self.open_layers.unknown[key]
            elif name in self.content:
                level, server, unknown = _part_names(name)
                shape = stack.server[key].shape
                stack.level[key] = unpack_rasters(self.packed[level], (1, *shape))[0]
                stack.server[key] = unpack_array(self.packed[server], np.int32)
                stack.unknown[key] = unpack_array(self.packed[unknown], np.uint8)


def forget(stack: LayerStack, gone: Mapping[str, Sequence[int]]) -> dict[LayerKey, NDArray[np.uint8]]:
    """Empty the pixels that cells which are gone served, and those with a path across a void, in the layers of these.

    Returns where, for the layers in which there are any: only masts with a cell in such a layer can fill them again.
    """
    opened: dict[LayerKey, NDArray[np.uint8]] = {}
    for key in stack.keys:
        cells = gone.get(layer_name(key))
        if not cells:
            continue
        emptied = np.isin(stack.server[key], np.array(cells, np.int32)) | (stack.unknown[key] != 0)
        if emptied.any():
            stack.level[key][emptied] = stack.lowest_cdbm
            stack.server[key][emptied] = NO_CELL
            stack.unknown[key][emptied] = 0
            opened[key] = emptied.astype(np.uint8)
    return opened


def _by_layer(keyed: KeyedMast) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for cell in keyed.mast.cells:
        found.setdefault(layer_of(cell), []).append(cell.cell_id)
    return found


def _content(stack: LayerStack, key: LayerKey) -> tuple[str, list[int]]:
    """Return a digest of a layer and the cells that serve in it."""
    server = stack.server[key]
    marked = np.zeros(int(server.max(initial=NO_CELL)) + 1, dtype=bool)
    marked[server.reshape(-1)] = True
    marked[NO_CELL] = False
    return digest_of(stack.level[key], server, stack.unknown[key]), np.flatnonzero(marked).tolist()


def _part_names(name: str) -> tuple[str, str, str]:
    return f"level {name}", f"server {name}", f"unknown {name}"


def _packed(name: str, stack: LayerStack, key: LayerKey) -> Parts:
    level, server, unknown = _part_names(name)
    arrays = pack_arrays({server: stack.server[key], unknown: stack.unknown[key]})
    return {level: pack_rasters(stack.level[key][None]), **arrays}
