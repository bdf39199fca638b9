"""A list that is older than one already stored: it adds to the past, and changes nothing that the newer one said."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from pathlib import Path

import pytest
from sqlalchemy import Integer, column, func, select, text, values
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from geo.errors import ConflictError
from geo.store.tables import Site
from geo.store.writers import among, end_rows, table_of
from geo.workflows.database import downgrade_database, upgrade_database
from geo.workflows.import_report import GoneUnconfirmedError, ImportReport
from tests.conftest import TestDatabase
from tests.integration.intake.conftest import Importer
from tests.integration.intake.files import codes, csv

JUNE, JULY, AUGUST = dt.date(2026, 6, 1), dt.date(2026, 7, 1), dt.date(2026, 8, 1)


def sites(path: Path, numbers: Iterable[int], *, height_m: int = 30) -> Path:
    rows = [f"R{i:03d},{12.6 + i * 0.002:.4f},{108.0 + i * 0.003:.4f},4G,{height_m}" for i in numbers]
    return csv(path, "Mã trạm,Vĩ độ,Kinh độ,Công nghệ,Chiều cao anten", *rows)


def held(import_: Importer, table: str, day: dt.date) -> list[str]:
    """Return the codes of the rows that hold on a day."""
    with import_.session() as session:
        found = session.scalars(
            text(f"SELECT code FROM {table} WHERE daterange(valid_from, valid_to) @> :day ORDER BY code"),
            {"day": day},
        )
        return list(found)


@pytest.fixture
def three_lists(import_: Importer, tmp_path: Path) -> tuple[Path, ImportReport]:
    """Fifty sites in June, a complete list without four of them in July, one without twenty in August."""
    first = sites(tmp_path / "r1.csv", range(50))
    stored = import_("sites", first, operator="testco", as_of=JUNE)
    import_("sites", sites(tmp_path / "r2.csv", range(46)), operator="testco", replace=True, as_of=JULY)
    import_(
        "sites",
        sites(tmp_path / "r3.csv", range(30)),
        operator="testco",
        replace=True,
        confirm_gone=True,
        as_of=AUGUST,
    )
    return first, stored


def test_the_same_old_list_again_is_the_import_that_it_was(
    import_: Importer, three_lists: tuple[Path, ImportReport]
) -> None:
    path, stored = three_lists
    again = import_("sites", path, operator="testco", as_of=JUNE)
    assert (again.import_id, again.counts.unchanged, again.counts.stored) == (stored.import_id, 50, 0)
    assert again.already_imported
    for table in ("site", "cell"):
        counts = [len(held(import_, table, day)) for day in (JUNE, JULY, AUGUST)]
        assert counts == [50, 46, 30], table


def test_an_older_list_changes_nothing_that_a_newer_one_said(
    import_: Importer, three_lists: tuple[Path, ImportReport], tmp_path: Path
) -> None:
    higher = sites(tmp_path / "r4.csv", range(48), height_m=35)
    for day in (dt.date(2026, 5, 1), JUNE, dt.date(2026, 6, 15)):
        report = import_("sites", higher, operator="testco", as_of=day)
        assert (report.counts.stored, codes(report).count("older_than_current")) == (0, 48)
    assert [len(held(import_, "cell", day)) for day in (dt.date(2026, 5, 1), JUNE, AUGUST)] == [0, 50, 30]


def test_an_older_complete_list_closes_nothing(
    import_: Importer, three_lists: tuple[Path, ImportReport], tmp_path: Path
) -> None:
    few = sites(tmp_path / "few.csv", range(10))
    report = import_("sites", few, operator="testco", replace=True, as_of=JULY - dt.timedelta(days=1))
    assert (report.preview.gone, "newer_list_kept" in codes(report)) == (0, True)
    assert [len(held(import_, "site", day)) for day in (JUNE, JULY, AUGUST)] == [50, 46, 30]


def test_what_only_an_older_list_knows_holds_until_the_newer_complete_one(
    import_: Importer, three_lists: tuple[Path, ImportReport], tmp_path: Path
) -> None:
    report = import_("sites", sites(tmp_path / "r5.csv", [0, 70]), operator="testco", as_of=dt.date(2026, 6, 10))
    assert (report.preview.new, report.counts.stored) == (1, 1)
    assert "held_until_newer" in codes(report)
    for table in ("site", "cell"):
        counts = [len(held(import_, table, day)) for day in (JUNE, dt.date(2026, 6, 20), JULY, AUGUST)]
        assert counts == [50, 51, 46, 30], table
    # Of another operator nobody handed in anything newer.
    other = import_("sites", sites(tmp_path / "r6.csv", [90]), operator="other", as_of=JUNE)
    assert (other.preview.new, "held_until_newer" in codes(other)) == (1, False)
    assert "R090" in held(import_, "site", AUGUST)


def warned(report: ImportReport, code: str) -> list[tuple[int, str]]:
    """Number and Vietnamese reason of the problems of a code."""
    return [(problem.count, problem.document()["why_vi"]) for problem in report.problems if problem.code == code]


@pytest.mark.parametrize("dry_run", [False, True])
def test_an_old_list_without_its_date_says_what_it_opens_again(
    import_: Importer, three_lists: tuple[Path, ImportReport], dry_run: bool
) -> None:
    path, _ = three_lists
    report = import_("sites", path, operator="testco", dry_run=dry_run)
    today = dt.datetime.now(dt.UTC).astimezone().date()
    # Their cells come with them and are not counted again.
    said = f"20 trạm đã đóng theo danh sách nhập trước nay lại có hiệu lực từ {today.isoformat()}."
    assert warned(report, "open_again") == [(20, said)]
    assert "--as-of" in next(p for p in report.problems if p.code == "open_again").document()["remedy_en"]
    assert [len(held(import_, table, today)) for table in ("site", "cell")] == ([30, 30] if dry_run else [50, 50])


def test_a_new_list_opens_nothing_again(import_: Importer, three_lists: tuple[Path, ImportReport]) -> None:
    _, stored = three_lists
    assert warned(stored, "open_again") == []


def test_a_changed_site_with_a_closed_cell_says_that_the_cell_holds_again(import_: Importer, tmp_path: Path) -> None:
    head = "Mã trạm,Mã cell,Tên trạm,Vĩ độ,Kinh độ,Công nghệ"

    def listed(name: str, *technologies: str) -> Path:
        rows = [f"S1,S1-{technology},{name},12.7,108.1,{technology}" for technology in technologies]
        return csv(tmp_path / f"{name}.csv", head, *rows)

    import_("sites", listed("Cũ", "4G", "5G"), operator="testco", as_of=JUNE)
    fewer = listed("Giữa", "4G")
    import_("sites", fewer, operator="testco", replace=True, confirm_gone=True, as_of=JULY)
    again = import_("sites", listed("Mới", "4G", "5G", "3G"), operator="testco", as_of=AUGUST)
    assert [count for count, _ in warned(again, "open_again")] == [1]
    assert "cell" in warned(again, "open_again")[0][1]


def test_the_same_list_again_on_the_same_day_says_that_others_came_after_it(import_: Importer, tmp_path: Path) -> None:
    first = sites(tmp_path / "a.csv", range(20))
    number = import_("sites", first, operator="testco").import_id
    import_("sites", sites(tmp_path / "b.csv", range(19)), operator="testco", replace=True)
    again = import_("sites", first, operator="testco")
    # What was opened and closed on one day never held, so that nothing is known to be opened again.
    assert warned(again, "open_again") == []
    ((_, said),) = warned(again, "old_list_again")
    assert f"(lần nhập {number}," in said
    assert "1 dòng" in said
    # Nothing came between this time.
    assert import_("sites", first, operator="testco").already_imported


def test_an_old_list_that_comes_again_without_its_day_is_told(import_: Importer, tmp_path: Path) -> None:
    first = sites(tmp_path / "a.csv", range(20))
    number = import_("sites", first, operator="testco", as_of=JUNE).import_id
    # The same bytes without a day: nothing came between, so that there is nothing to tell.
    assert warned(import_("sites", first, operator="testco", dry_run=True), "old_list_again") == []
    import_("sites", sites(tmp_path / "b.csv", range(20), height_m=42), operator="testco", as_of=JULY)
    ((_, said),) = warned(import_("sites", first, operator="testco"), "old_list_again")
    assert f"(lần nhập {number}, ngày 2026-06-01)" in said
    # With the day of a newer list it is one.
    assert warned(import_("sites", first, operator="testco", as_of=AUGUST), "old_list_again") == []


def test_villages_and_nodes_that_hold_again_are_counted(import_: Importer, tmp_path: Path) -> None:
    def nodes(name: str, count: int) -> Path:
        rows = [f"ZN{i:03d},OLT,{12.66 + i * 0.001:.4f},108.05,16" for i in range(count)]
        return csv(tmp_path / name, "Mã nút,Loại nút,Vĩ độ,Kinh độ,Số cổng", *rows)

    def villages(name: str, count: int) -> Path:
        rows = [f"ZV{i},Thôn Z{i},24133,{12.66 + i * 0.001:.4f},108.05,100" for i in range(count)]
        return csv(tmp_path / name, "Mã thôn,Tên thôn,Mã xã,Vĩ độ,Kinh độ,Số hộ", *rows)

    for kind, listed, options in (("fibre", nodes, {"operator": "vnpt"}), ("villages", villages, {})):
        import_(kind, listed("1.csv", 20), as_of=JUNE, **options)
        import_(kind, listed("2.csv", 17), replace=True, confirm_gone=True, as_of=JULY, **options)
        again = import_(kind, listed("3.csv", 19), as_of=AUGUST, **options)
        assert [count for count, _ in warned(again, "open_again")] == [2], kind


def test_more_rows_than_a_statement_takes_values_are_closed(session: Session) -> None:
    site = table_of(Site)
    many = range(1, 70_001)
    end_rows(session, site, many, as_of=JULY)
    assert session.scalar(select(func.count()).select_from(site).where(~among(site.c.id, many))) == 0
    assert session.scalar(select(func.count()).select_from(site).where(among(site.c.id, many))) == 0
    assert session.scalars(
        select(values(column("id", Integer), name="v").data([(1,), (2,)])).where(~among(column("id", Integer), [2, 3]))
    ).all() == [1]


def test_a_turned_antenna_of_an_older_list_does_not_stand_beside_the_newer_one(
    import_: Importer, tmp_path: Path
) -> None:
    def turned(azimuth_deg: int) -> Path:
        head = "Mã trạm,Vĩ độ,Kinh độ,Công nghệ,Azimuth"
        return csv(tmp_path / f"a{azimuth_deg}.csv", head, f"R1,12.7,108.1,4G,{azimuth_deg}")

    import_("sites", turned(120), operator="testco", as_of=JULY)
    import_("sites", turned(120), operator="testco", as_of=AUGUST)
    report = import_("sites", turned(90), operator="testco", as_of=dt.date(2026, 7, 15))
    assert report.counts.stored == 0
    assert [len(held(import_, "cell", day)) for day in (JUNE, JULY, AUGUST)] == [0, 1, 1]


def test_fibre_nodes_are_not_opened_again(import_: Importer, tmp_path: Path) -> None:
    def nodes(name: str, count: int) -> Path:
        rows = [f"ZN{i:03d},OLT,{12.66 + i * 0.001:.4f},108.05,16" for i in range(count)]
        return csv(tmp_path / name, "Mã nút,Loại nút,Vĩ độ,Kinh độ,Số cổng", *rows)

    first = import_("fibre", nodes("f1.csv", 20), operator="vnpt", as_of=JUNE)
    import_("fibre", nodes("f2.csv", 10), operator="vnpt", replace=True, confirm_gone=True, as_of=AUGUST)
    again = import_("fibre", nodes("f1.csv", 20), operator="vnpt", as_of=JUNE)
    assert (again.import_id, again.counts.unchanged) == (first.import_id, 20)
    assert [len(held(import_, "fibre_node", day)) for day in (JUNE, AUGUST)] == [20, 10]


def test_villages_and_their_clusters_stay_as_the_newer_list_has_them(import_: Importer, tmp_path: Path) -> None:
    head = "Mã thôn,Tên thôn,Mã xã,Vĩ độ,Kinh độ,Số hộ,Mã cụm,Tên cụm"

    def villages(name: str, households: int, cluster_households: int) -> Path:
        rows = [f"ZV{i},Thôn Z{i},24133,{12.66 + i * 0.001:.4f},108.05,{households},," for i in range(4)]
        rows += [f"ZV{i},Thôn Z{i},24133,{12.66 + i * 0.001:.4f},108.05,{cluster_households},C1,Cụm 1" for i in (0, 1)]
        return csv(tmp_path / name, head, *rows)

    first = import_("villages", villages("v1.csv", 100, 20), as_of=JUNE)
    import_("villages", villages("v2.csv", 150, 30), as_of=AUGUST)
    again = import_("villages", villages("v1.csv", 100, 20), as_of=JUNE)
    assert again.counts.stored == 0
    other = import_("villages", villages("v3.csv", 120, 25), as_of=JULY)
    assert (other.counts.stored, other.import_id != first.import_id) == (0, True)
    with import_.session() as session:
        now = session.execute(text("SELECT count(*), sum(households) FROM village WHERE valid_to IS NULL")).one()
        assert tuple(now) == (4, 600)
        clusters = session.scalars(
            text(
                "SELECT c.households FROM village_cluster c JOIN village v ON v.id = village_id WHERE valid_to IS NULL"
            )
        ).all()
        assert list(clusters) == [30, 30]


def test_much_gone_is_shown_whole_and_asked_for_with_every_kind(import_: Importer, tmp_path: Path) -> None:
    def places(name: str, count: int) -> Path:
        rows = [f"P{i},Chợ {i},chợ,{12.6 + i * 0.01:.2f},108.1" for i in range(count)]
        return csv(tmp_path / name, "Mã,Tên,Loại,Vĩ độ,Kinh độ", *rows)

    import_("places", places("p1.csv", 14))
    few = places("p2.csv", 2)
    for dry_run in (True, False):
        with pytest.raises(GoneUnconfirmedError, match="--confirm-gone") as refused:
            import_("places", few, replace=True, dry_run=dry_run)
        assert refused.value.report is not None
        document = refused.value.report.document()
        assert (document["import_id"], document["dry_run"], document["rows_read"]) == (None, dry_run, 2)
        assert (document["preview"]["gone"], document["preview"]["unchanged"]) == (12, 2)
        assert [item["code"] for item in document["gone"]] == [f"P{i}" for i in range(2, 14)]
        assert [p["code"] for p in document["problems"] if p["severity"] == "error"] == ["much_gone"]
    assert isinstance(refused.value, ConflictError)
    with import_.session() as session:
        assert session.scalar(text("SELECT count(*) FROM place")) == 14
    report = import_("places", few, replace=True, confirm_gone=True)
    assert (report.preview.gone, len(report.gone)) == (12, 12)


def test_cells_of_remaining_sites_count_as_gone_too(import_: Importer, tmp_path: Path) -> None:
    head = "Mã trạm,Mã cell,Vĩ độ,Kinh độ,Công nghệ"
    rows = [f"S{i},S{i}-{t},{12.6 + i * 0.01:.2f},108.1,{t}" for i in range(5) for t in ("4G", "5G")]
    import_("sites", csv(tmp_path / "a.csv", head, *rows), operator="testco", as_of=JUNE)
    fewer = csv(tmp_path / "b.csv", head, *[row for row in rows if not row.endswith("5G")])
    with pytest.raises(GoneUnconfirmedError, match="5 of the 10 cells"):
        import_("sites", fewer, operator="testco", replace=True, as_of=JULY)
    import_("sites", fewer, operator="testco", replace=True, confirm_gone=True, as_of=JULY)
    assert [len(held(import_, "cell", day)) for day in (JUNE, JULY)] == [10, 5]


@pytest.mark.parametrize(
    ("table", "columns"),
    [
        ("admin_unit", "code, name, name_normalised, type, geom"),
        ("village", "code, name, name_normalised, commune_source"),
        ("fibre_node", "operator_code, code, kind, geom"),
        ("site", "operator_code, code, mast_id"),
    ],
)
def test_the_store_refuses_two_rows_at_once(fresh_database: TestDatabase, table: str, columns: str) -> None:
    with fresh_database.app.connect() as connection:
        _two_sites(connection.execute)
        insert = f"INSERT INTO {table} (import_id, {columns}, valid_from, valid_to) VALUES"
        values = _VALUES[table]
        connection.execute(text(f"{insert} (1, {values}, '2026-01-01', '2026-03-01')"))
        connection.execute(text(f"{insert} (1, {values}, '2026-03-01', NULL)"))
        with pytest.raises(IntegrityError, match="one_at_a_time"):
            connection.execute(text(f"{insert} (1, {values}, '2026-02-01', '2026-02-02')"))


_POINT = "ST_SetSRID(ST_MakePoint(108, 12), 4326)"
_VALUES = {
    "admin_unit": f"'24133', 'Xã A', 'a', 'xã', ST_Multi(ST_Buffer({_POINT}, 0.1))",
    "village": "'V1', 'Thôn A', 'a', 'none'",
    "fibre_node": f"'testco', 'N1', 'olt', {_POINT}",
    "site": "'testco', 'S9', 1",
}


def _two_sites(execute) -> None:  # type: ignore[no-untyped-def]
    execute(
        text(
            "INSERT INTO import_record (id, kind, sha256, options_sha256, illustrative, as_of, options, provenance,"
            " rows_read, rows_stored, rows_unchanged, rows_skipped, rows_folded) OVERRIDING SYSTEM VALUE"
            " VALUES (1, 'sites', repeat('0', 64), repeat('0', 64), false, '2026-01-01', '{}', '{}', 0, 0, 0, 0, 0)"
        )
    )
    execute(text("INSERT INTO operator (code, name) VALUES ('testco', 'Testco')"))
    execute(text(f"INSERT INTO mast (id, import_id, code, geom) OVERRIDING SYSTEM VALUE VALUES (1, 1, 'M1', {_POINT})"))


def test_a_database_with_rows_at_once_is_mended_and_taken_back(fresh_database: TestDatabase) -> None:
    settings = fresh_database.settings
    downgrade_database(settings, revision="0006")
    with fresh_database.app.begin() as connection:
        _two_sites(connection.execute)
        sites_ = "INSERT INTO site (id, import_id, operator_code, code, mast_id, valid_from, valid_to)"
        connection.execute(
            text(
                f"{sites_} OVERRIDING SYSTEM VALUE VALUES (1, 1, 'testco', 'S1', 1, '2026-06-01', '2026-08-01'),"
                " (2, 1, 'testco', 'S1', 1, '2026-06-01', NULL), (3, 1, 'testco', 'S2', 1, '2026-06-01', NULL)"
            )
        )
        for site in (1, 2, 3):
            connection.execute(
                text(
                    "INSERT INTO cell (import_id, site_id, code, technology, valid_from)"
                    f" VALUES (1, {site}, 'C', '4G', '2026-06-01')"
                )
            )
    upgrade_database(settings)
    with fresh_database.app.connect() as connection:
        assert list(connection.scalars(text("SELECT id FROM site ORDER BY id"))) == [1, 3]
        assert list(connection.scalars(text("SELECT site_id FROM cell ORDER BY site_id"))) == [1, 3]
    downgrade_database(settings, revision="0006")
    upgrade_database(settings)
