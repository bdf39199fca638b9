"""The four operators' lists, each in another of the forms in which such lists come."""

import datetime as dt
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pyproj import Transformer

from data.build.cells import BAND, BANDWIDTH_MHZ, FREQUENCY_MHZ, Cell, Site, make_sites
from data.build.sources import Source, write_sources
from data.build.villages import write_csv
from data.build.workbook import BOLD, CENTRED, add_sheet, empty_book, save_book

STATUS_WORDS = {"on_air": "Đang phát sóng", "planned": "Kế hoạch", "off_air": "Tạm dừng"}
NOTE = "SỐ LIỆU MINH HỌA - không phải trạm thật"
EXCEL_EPOCH = dt.date(1899, 12, 30)
VN2000 = "EPSG:9218"


def comma(value: float | None, digits: int) -> str:
    """A number with a decimal comma: 12,66667."""
    return "" if value is None else f"{value:.{digits}f}".replace(".", ",")


def dotted(value: float) -> str:
    """A number with dots between thousands and a decimal comma: 1.400.853,968."""
    return f"{value:,.3f}".replace(",", " ").replace(".", ",").replace(" ", ".")


def degrees_text(value: float, letter: str) -> str:
    """Degrees, minutes and seconds: 12°40'00.12"N."""
    hundredths = round(value * 360_000)
    minutes, rest = divmod(hundredths, 6_000)
    return f"{minutes // 60}°{minutes % 60:02d}'{rest // 100:02d}.{rest % 100:02d}\"{letter}"


def day(value: dt.date | None) -> str:
    """A date as dd/mm/yyyy."""
    return "" if value is None else f"{value:%d/%m/%Y}"


def _pairs(sites: list[Site]) -> Iterable[tuple[Site, Cell]]:
    return ((site, cell) for site in sites for cell in site.cells)


def write_viettel(sites: list[Site], path: Path) -> None:
    """XLSX: title rows, a header over two rows with merged cells, decimal commas, a total row and a footer."""
    upper = ["TT", "Mã trạm", "Tên trạm", "Xã/Phường", "Toạ độ", None, "Cột anten", None, "Ô phủ sóng (cell)"]
    upper += [None] * 10 + ["Ngày phát sóng", "Trạng thái", "Dùng chung"]
    lower = [None, None, None, None, "Kinh độ", "Vĩ độ", "Mã cột", "Chiều cao cột (m)", "Mã cell", "Công nghệ"]
    lower += ["Băng tần", "Tần số (MHz)", "Azimuth", "Tilt cơ", "Tilt điện", "Độ cao anten (m)", "Công suất (dBm)"]
    lower += ["Độ lợi (dBi)", "Băng thông (MHz)"]
    rows: list[list[Any]] = [["DOANH NGHIỆP VIETTEL (MINH HỌA)"], ["DANH SÁCH TRẠM THU PHÁT SÓNG DI ĐỘNG"], [NOTE]]
    rows += [upper, lower]
    body = [_viettel_row(number, site, cell) for number, (site, cell) in enumerate(_pairs(sites), start=1)]
    rows += [*body, ["Tổng cộng", None, f"{len(sites)} trạm, {len(body)} cell"], [], ["Người lập biểu"]]
    book = empty_book()
    sheet = add_sheet(book, "Danh sách trạm", rows)
    for merged in ("A1:V1", "A2:V2", "A3:V3", "E4:F4", "G4:H4", "I4:S4"):
        sheet.merge_cells(merged)
    for letter in "ABCDTUV":
        sheet.merge_cells(f"{letter}4:{letter}5")
    for row in sheet.iter_rows(min_row=1, max_row=5):
        for cell in row:
            cell.font, cell.alignment = BOLD, CENTRED
    save_book(book, path)


def _viettel_row(number: int, site: Site, cell: Cell) -> list[Any]:
    mast = site.mast
    where = [number, site.code, site.name, mast.commune_name, comma(mast.lon, 6), comma(mast.lat, 6), mast.code]
    radio: list[Any] = [comma(mast.height_m, 1), cell.code, cell.technology, BAND[cell.technology]]
    radio += [comma(FREQUENCY_MHZ[cell.technology], 1), cell.azimuth_deg, cell.mechanical_tilt_deg]
    last = [cell.electrical_tilt_deg, comma(cell.antenna_height_m, 1), cell.power_dbm]
    last += [comma(cell.gain_dbi, 1), BANDWIDTH_MHZ[cell.technology], day(cell.on_air_date)]
    return [*where, *radio, *last, STATUS_WORDS[cell.status], "Có" if site.shared else "Không"]


def write_vnpt(sites: list[Site], path: Path) -> None:
    """CSV in VN-2000: X is northing and Y easting, with dots between thousands."""
    columns = ["STT", "Mã trạm", "Tên trạm", "Mã cột", "Toạ độ X (m)", "Toạ độ Y (m)", "Mã xã", "Chiều cao cột (m)"]
    columns += ["Độ cao anten (m)", "Mã cell", "Công nghệ", "Băng tần", "Azimuth (độ)", "Tilt cơ", "Tilt điện"]
    columns += ["Công suất (W)", "Độ lợi anten (dBi)", "Băng thông (MHz)", "Ngày phát sóng", "Trạng thái", "Ghi chú"]
    to_plane = Transformer.from_crs("EPSG:4326", VN2000, always_xy=True)
    rows = []
    for number, (site, cell) in enumerate(_pairs(sites), start=1):
        mast = site.mast
        easting, northing = to_plane.transform(mast.lon, mast.lat)
        power_w = {None: "", 46: "40", 49: "80"}[cell.power_dbm]
        gain = [comma(cell.gain_dbi, 1), BANDWIDTH_MHZ[cell.technology]]
        where = [number, site.code, site.name, mast.code, dotted(northing), dotted(easting), mast.commune_code]
        heights = [comma(mast.height_m, 1), comma(cell.antenna_height_m, 1), cell.code, cell.technology]
        aim = [BAND[cell.technology], cell.azimuth_deg, cell.mechanical_tilt_deg, cell.electrical_tilt_deg]
        rows.append(
            [*where, *heights, *aim, power_w, *gain, day(cell.on_air_date), STATUS_WORDS[cell.status], "Minh họa"]
        )
    write_csv(path, columns, rows)


def write_mobifone(sites: list[Site], path: Path) -> None:
    """XLSX with a sheet for each technology and a sheet of remarks; dates as Excel serials or quarters."""
    book = empty_book()
    remarks = [[NOTE], ["Mỗi dòng là một cell."]]
    add_sheet(book, "Thuyết minh", remarks)
    columns = ["Site ID", "Site name", "Long", "Lat", "Tower ID", "Cell name", "Băng thông (MHz)", "Band", "Azimuth"]
    columns += [
        "M-tilt",
        "E-tilt",
        "Antenna height",
        "TX power (dBm)",
        "Gain (dBi)",
        "On air date",
        "Status",
        "Công nghệ",
    ]
    for technology in ("4G", "5G"):
        rows = [_mobifone_row(site, cell) for site, cell in _pairs(sites) if cell.technology == technology]
        sheet = add_sheet(book, f"Cell {technology}", [columns, *rows])
        for cell in sheet[1]:
            cell.font = BOLD
    save_book(book, path)


def _mobifone_row(site: Site, cell: Cell) -> list[Any]:
    mast = site.mast
    when: Any = None
    if cell.on_air_date is not None:
        serial = (cell.on_air_date - EXCEL_EPOCH).days
        when = cell.quarter if cell.technology == "5G" else serial
    where = [site.code, site.name, mast.lon, mast.lat, mast.code, cell.code, BANDWIDTH_MHZ[cell.technology]]
    aim = [BAND[cell.technology], cell.azimuth_deg, cell.mechanical_tilt_deg, cell.electrical_tilt_deg]
    last = [cell.antenna_height_m, cell.power_dbm, cell.gain_dbi, when, STATUS_WORDS[cell.status], cell.technology]
    return [*where, *aim, *last]


def write_vietnamobile(sites: list[Site], path: Path) -> None:
    """CSV with semicolons; coordinates in degrees, minutes and seconds; no mast codes: equal positions tell."""
    columns = ["Mã trạm", "Tên trạm", "Địa chỉ", "Vĩ độ", "Kinh độ", "Mã cell", "Công nghệ", "Băng tần"]
    columns += ["Góc phương vị", "Góc nghiêng", "Chiều cao anten", "Tình trạng", "Thời điểm phát sóng"]
    rows = []
    for site, cell in _pairs(sites):
        mast = site.mast
        where = [degrees_text(mast.lat, "N"), degrees_text(mast.lon, "E")]
        head = [site.code, site.name, f"{mast.commune_name}, tỉnh Đắk Lắk (minh họa)", *where, cell.code]
        tilts = (cell.mechanical_tilt_deg, cell.electrical_tilt_deg)
        tilt = None if tilts[0] is None or tilts[1] is None else tilts[0] + tilts[1]
        aim = [cell.technology, BAND[cell.technology], cell.azimuth_deg, tilt]
        rows.append([*head, *aim, comma(cell.antenna_height_m, 1), STATUS_WORDS[cell.status], day(cell.on_air_date)])
    write_csv(path, columns, rows, separator=";")


FILES = {
    "viettel": ("viettel_danh_sach_tram.xlsx", "EPSG:4326", write_viettel),
    "vnpt": ("vnpt_danh_sach_tram_vn2000.csv", VN2000, write_vnpt),
    "mobifone": ("mobifone_danh_sach_cell.xlsx", "EPSG:4326", write_mobifone),
    "vietnamobile": ("vietnamobile_danh_sach_tram.csv", "EPSG:4326", write_vietnamobile),
}


def build(data_folder: Path) -> None:
    """Write the four lists into `sites/` and their SOURCES.yaml."""
    folder = data_folder / "sites"
    folder.mkdir(parents=True, exist_ok=True)
    sites = make_sites()
    sources = []
    for operator, (file, crs, write) in FILES.items():
        write(sites[operator], folder / file)
        sources.append(_source(file, operator=operator, crs=crs))
    write_sources(folder, sources)


def _source(file: str, *, operator: str, crs: str) -> Source:
    return Source(
        file=file,
        kind="sites",
        issuer="phusong (invented)",
        licence="Apache-2.0",
        crs=crs,
        as_of="loaded",
        note_vi="Số liệu minh họa: trạm, cột, cell hư cấu mang tên doanh nghiệp cho dễ hình dung, không có thật.",
        note_en="Illustrative: invented sites, masts and cells under operators' names; no real site is in it.",
        options={"operator": operator},
    )
