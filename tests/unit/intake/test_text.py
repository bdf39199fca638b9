"""Encodings, legacy fonts, names and headers."""

from __future__ import annotations

import unicodedata

import pytest

from geo.domain.admin import OldUnit, UnitDirectory, UnitName, UnitType, unit_type_from_name
from geo.domain.codes import commune_code, normalise_name, normalise_unit_name, toned_name
from geo.errors import BadInputError
from geo.intake.headers import HeaderWords
from geo.intake.layout import find_table
from geo.intake.legacy_text import decode, find_repair, from_tcvn3, from_vni
from geo.intake.operators import operator_names
from geo.intake.problems import Problem, ProblemLog, fold_problems, problem_catalogue
from geo.intake.tables import Matrix

SENTENCE = "Đắk Lắk, Buôn Ma Thuột, xã Ea Tân, phường Tuy Hòa, thôn Tân Lập"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_unicode_encodings(encoding: str) -> None:
    decoded = decode((SENTENCE * 3).encode(encoding))
    assert decoded is not None
    assert decoded[0] == SENTENCE * 3


def test_windows_1258() -> None:
    # The code page writes tones as marks of their own behind letters with a shape.
    spelled = "".join(
        unicodedata.normalize("NFC", letter[:-1]) + letter[-1]
        if letter[-1] in "\u0300\u0301\u0303\u0309\u0323" and unicodedata.normalize("NFC", letter) not in "àáèéùú"
        else unicodedata.normalize("NFC", letter)
        for letter in _letters(SENTENCE)
    )
    decoded = decode(spelled.encode("cp1258"))
    assert decoded == (SENTENCE, "windows-1258")


def _letters(text: str) -> list[str]:
    """Split into letters with their marks, the tone last."""
    letters: list[str] = []
    for mark in unicodedata.normalize("NFD", text):
        if unicodedata.combining(mark) and letters:
            letters[-1] += mark
        else:
            letters.append(mark)
    tones = "\u0300\u0301\u0303\u0309\u0323"
    return ["".join(sorted(letter, key=lambda mark: mark in tones)) for letter in letters]


def test_binary_is_no_text() -> None:
    assert decode(bytes(range(256)) * 20) is None


def test_legacy_fonts() -> None:
    tcvn3 = "§¾k L¾k, Bu«n Ma Thuét, x· Ea T©n, ph­êng Tuy Hßa"
    vni = "Ñaék Laék, Buoân Ma Thuoät, xaõ Ea Taân, phöôøng Tuy Hoøa"
    assert from_tcvn3(tcvn3) == "Đắk Lắk, Buôn Ma Thuột, xã Ea Tân, phường Tuy Hòa"
    assert from_vni(vni) == "Đắk Lắk, Buôn Ma Thuột, xã Ea Tân, phường Tuy Hòa"
    for text, name in ((tcvn3, "TCVN3"), (vni, "VNI"), ("Xã Hoà Hiệp".encode().decode("latin-1"), "UTF-8")):
        repair = find_repair([text])
        assert repair is not None
        assert repair.name == name
    assert find_repair([SENTENCE, "Café de la gare"]) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Xã Cư M'gar", "Cư M’Gar"),
        ("M'Drắk", "M’Drăk"),
        ("Phường Tuy Hoà", "P. Tuy Hòa"),
        ("X. Ea H'leo", "Xã Ea Hleo"),
        ("Đắk Liêng", "Đăk Liêng"),
        ("Dak Lieng", "Đắc Liêng"),
        ("Xã Ƀuôn Đôn", "Buôn Đôn"),
        (unicodedata.normalize("NFD", "Xã Krông Pắc"), "Krông Pắc"),
    ],
)
def test_names_that_are_the_same(one: str, other: str) -> None:
    assert normalise_unit_name(one) == normalise_unit_name(other)


def test_names_keep_what_tells_them_apart() -> None:
    assert normalise_name("Thôn 1") != normalise_name("Buôn 1")
    assert toned_name("Hoà") == toned_name("Hòa") != toned_name("Hóa")
    assert unit_type_from_name("P. Tuy Hòa") is UnitType.WARD
    assert commune_code("316") == "00316"
    assert commune_code(22015.0) == "22015"
    assert commune_code("220155") is None


def test_a_directory_prefers_codes_of_today_and_follows_old_ones() -> None:
    units = [UnitName("22015", "Phường Tuy Hòa"), UnitName("24175", "Xã Ea Kar"), UnitName("24176", "Xã Ea Kár")]
    old = [OldUnit("22030", "Xã Hòa Trị", None, "22015"), OldUnit("22030", "Xã Hòa Trị", None, "24175")]
    directory = UnitDirectory.of(units, old)
    assert directory.find_code("22015").code == "22015"
    assert directory.find_code("22030").codes == ("22015", "24175")
    assert directory.find_name("Hoà Trị").through_crosswalk
    assert directory.find_name("Ea Kar").code == "24175"
    assert directory.find_name("Ea Kár").code == "24176"
    assert directory.find_name("Ea Kàr").codes == ("24175", "24176")
    assert directory.find_name("Nơi khác").codes == ()


def test_headers_below_titles_over_two_rows() -> None:
    rows: list[list[object]] = [
        ["BÁO CÁO", None, None, None],
        ["Mã trạm", "Toạ độ", None, "Công nghệ"],
        [None, "Kinh độ", "Vĩ độ", None],
        ["(1)", "(2)", "(3)", "(4)"],
        ["A1", 108.1, 12.5, "4G"],
    ]
    words = HeaderWords.of_kind("sites")
    table = find_table(Matrix("a.xlsx", "S", rows, [1, 2, 3, 4, 5]), words, ProblemLog())
    assert table is not None
    assert (table.row_numbers, table.rows) == ([5], [rows[4]])
    assert words.map_columns(table.header) == {0: "site_code", 1: "lon", 2: "lat", 3: "technology"}


def test_the_map_names_columns_and_knows_its_fields() -> None:
    words = HeaderWords.of_kind("villages", {"Tên gọi": "village_name"})
    assert words.map_columns(["Tên gọi", "Tên thôn"]) == {0: "village_name"}
    with pytest.raises(BadInputError, match="known fields"):
        HeaderWords.of_kind("villages", {"a": "colour"})


def test_headers_of_every_kind_name_one_field_each() -> None:
    for kind in ("boundaries", "villages", "sites", "fibre", "places", "roads"):
        words = HeaderWords.of_kind(kind)
        for field in words.fields:
            found = words.field_of(field)
            assert found is not None
            assert found[0] == field, f"{kind}: the name of {field} must mean itself"


def test_operators_by_name_code_and_network() -> None:
    names = operator_names()
    for written in ("Viettel", "VTT", "45204", 45204.0, "Chi nhánh Viettel Đắk Lắk"):
        found = names.find(written)
        assert found is not None
        assert found.code == "viettel"
    unknown = names.find("20801")
    assert unknown is not None
    assert (unknown.code, unknown.known) == ("20801", False)


def test_every_problem_has_its_texts_and_many_are_folded() -> None:
    for code, text in problem_catalogue().items():
        assert all((text.why_vi, text.why_en, text.remedy_vi, text.remedy_en)), code
    many = tuple(Problem("duplicate_row", "warning", row=n) for n in range(1, 1501))
    folded = fold_problems(many)
    assert (len(folded), folded[-1].count, sum(problem.count for problem in folded)) == (1001, 500, 1500)
