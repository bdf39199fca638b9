"""What the builders know of the land: communes, terrain and the centres of the old wards."""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import STRtree

from data.build.paths import DATA
from data.build.units import package_folder, read_new_units, read_old_units
from geo.workflows.demo_terrain import TerrainRecipe, make_terrain, read_recipe

KM_PER_DEG_LAT = 111.195
KM_PER_DEG_LON = 108.4  # at latitude 12.9


def distance_km(lon_a: float, lat_a: float, lon_b: float, lat_b: float) -> float:
    """Distance over flat ground, good to 1 % in the province."""
    east, north = (lon_a - lon_b) * KM_PER_DEG_LON, (lat_a - lat_b) * KM_PER_DEG_LAT
    return float((east * east + north * north) ** 0.5)


@dataclass(frozen=True)
class Town:
    """Centre of an old ward: where people have long lived."""

    name: str
    kind: str
    commune_code: str
    lon: float
    lat: float

    @property
    def is_urban(self) -> bool:
        """A ward of a town or a township."""
        return self.kind in ("phường", "thị trấn")


@dataclass(frozen=True)
class Commune:
    """One of the 102 communes with its approximate polygon."""

    code: str
    full_name: str
    kind: str
    shape: shapely.MultiPolygon


@dataclass(frozen=True)
class Land:
    """Communes, terrain and towns."""

    communes: list[Commune]
    province: shapely.MultiPolygon
    recipe: TerrainRecipe
    height_m: NDArray[np.int16]
    slope_deg: NDArray[np.float32]
    towns: list[Town]
    tree: STRtree

    def pixel(self, lon: float, lat: float) -> tuple[int, int]:
        """Row and column of the terrain at a point."""
        step = self.recipe.step_deg
        return int((self.recipe.north - lat) / step), int((lon - self.recipe.west) / step)

    def height_at(self, lon: float, lat: float) -> int:
        """Elevation in metres."""
        return int(self.height_m[self.pixel(lon, lat)])

    def slope_at(self, lon: float, lat: float) -> float:
        """Slope in degrees."""
        return float(self.slope_deg[self.pixel(lon, lat)])

    def commune_at(self, lon: float, lat: float) -> Commune | None:
        """The commune that holds a point."""
        point = shapely.Point(lon, lat)
        for index in sorted(int(i) for i in self.tree.query(point)):
            if self.communes[index].shape.contains(point):
                return self.communes[index]
        return None


@lru_cache(maxsize=1)
def read_land() -> Land:
    """Read the boundaries, make the terrain, and place the towns inside their communes."""
    document = json.loads((DATA / "boundaries" / "communes.geojson").read_text(encoding="utf-8"))
    units = [(f["properties"], shapely.geometry.shape(f["geometry"])) for f in document["features"]]
    communes = [Commune(p["code"], p["name"], p["type"], shape) for p, shape in units[1:]]
    recipe = read_recipe(DATA / "terrain" / "recipe.yaml")
    height_m = make_terrain(recipe)
    return Land(
        communes=communes,
        province=units[0][1],
        recipe=recipe,
        height_m=height_m,
        slope_deg=_slope_deg(height_m),
        towns=_towns({commune.code: commune for commune in communes}),
        tree=STRtree([commune.shape for commune in communes]),
    )


def _slope_deg(height_m: NDArray[np.int16]) -> NDArray[np.float32]:
    """Slope over about 270 m, small-angle degrees."""
    wide = height_m.astype(np.float32)
    slope = np.zeros_like(wide)
    east = (wide[1:-1, 2:] - wide[1:-1, :-2]) / np.float32(181.0)
    north = (wide[2:, 1:-1] - wide[:-2, 1:-1]) / np.float32(185.0)
    slope[1:-1, 1:-1] = np.sqrt(east * east + north * north) * np.float32(57.3)
    return slope


def _towns(communes: dict[str, Commune]) -> list[Town]:
    folder = package_folder()
    if folder is None:
        raise SystemExit("vietnamadminunits is not installed: pip install vietnamadminunits==1.0.4")
    towns = []
    for old in read_old_units(Path(folder), new_units=read_new_units(folder)):
        if not old.new_codes:
            continue
        commune = communes[old.new_codes[0]]
        point = shapely.Point(old.lon, old.lat)
        if not commune.shape.contains(point):
            # the polygons are approximate: pull the centre a little way inside
            point = shapely.line_interpolate_point(
                shapely.shortest_line(point, commune.shape.buffer(-0.004) or commune.shape), 1.0, normalized=True
            )
        towns.append(Town(old.name, old.kind, commune.code, round(point.x, 5), round(point.y, 5)))
    return towns
