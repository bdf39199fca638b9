"""Tables of the store; importing this package registers every table on `Base.metadata`."""

from geo.store.tables.antennas import AntennaPattern
from geo.store.tables.assessments import (
    Assessment,
    ClusterStatus,
    CoverageGap,
    CoverageStatistic,
    FibreReach,
    PlaceCoverage,
    RoadCoverage,
    VillageStatus,
)
from geo.store.tables.base import Base
from geo.store.tables.calibrations import Calibration
from geo.store.tables.fibre import FibreNode, VillageServiceDeclaration
from geo.store.tables.imports import ImportFile, ImportKind, ImportProblem, ImportRecord, RasterLayer
from geo.store.tables.measurements import Measurement
from geo.store.tables.network import Cell, Mast, MastStatement, Operator, Site, SiteListDeclaration
from geo.store.tables.surroundings import Place, Road
from geo.store.tables.targets import BaselineItem, TargetMeasurement, VillageBaseline
from geo.store.tables.territory import AdminUnit, UnitCrosswalk
from geo.store.tables.villages import Village, VillageCluster

__all__ = [
    "AdminUnit",
    "AntennaPattern",
    "Assessment",
    "Base",
    "BaselineItem",
    "Calibration",
    "Cell",
    "ClusterStatus",
    "CoverageGap",
    "CoverageStatistic",
    "FibreNode",
    "FibreReach",
    "ImportFile",
    "ImportKind",
    "ImportProblem",
    "ImportRecord",
    "Mast",
    "MastStatement",
    "Measurement",
    "Operator",
    "Place",
    "PlaceCoverage",
    "RasterLayer",
    "Road",
    "RoadCoverage",
    "Site",
    "SiteListDeclaration",
    "TargetMeasurement",
    "UnitCrosswalk",
    "Village",
    "VillageBaseline",
    "VillageCluster",
    "VillageServiceDeclaration",
    "VillageStatus",
]
