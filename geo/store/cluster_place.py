"""Which folder holds the data of a private cluster: inside the state folder that asks, or one made for it alone.

A state folder may be copied or moved with its record. What the record says of another state folder is never followed:
two installations would write into one database.
"""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path

from geo.errors import DatabaseNotReadyError
from geo.store.postgres_programs import ServerUser, run_as

FALLBACK_ROOT = Path("/var/tmp")  # noqa: S108 - the folder made in it is checked to be ours and closed to others
CLUSTER_FOLDER = "postgres"
DATA_FOLDER = "data"


def make_parent(home: Path, user: ServerUser) -> Path:
    """Make the folder in which the data of a new cluster shall lie, and return it.

    Raises DatabaseNotReadyError when the one outside the state folder belongs to somebody else.
    """
    inside = home / CLUSTER_FOLDER
    inside.mkdir(mode=0o755, parents=True, exist_ok=True)
    if _reaches(user, inside):
        return inside
    # A home such as /root is closed to the server's user.
    outside = _outside(home)
    outside.mkdir(mode=0o711, exist_ok=True)
    if not _is_ours(outside):
        raise DatabaseNotReadyError(
            f"{outside} is needed for the database but belongs to somebody else; remove it, or set PHUSONG_HOME to a "
            f"folder that user {user.name} can reach.",
            f"cần thư mục {outside} cho cơ sở dữ liệu nhưng nó thuộc người khác; hãy xoá nó, hoặc đặt PHUSONG_HOME tới "
            f"thư mục mà người dùng {user.name} vào được.",
        )
    return outside


def recorded_as(home: Path, data_dir: Path) -> str:
    """Return how the record names a data folder: relative to the state folder where it lies in it."""
    return str(data_dir.relative_to(home) if data_dir.is_relative_to(home) else data_dir)


def find_data(home: Path, recorded: str) -> Path:
    """Return the data folder of the state folder `home`, given what its record says.

    A place in another state folder means that the record came with a copy or a move: then the data are those that came
    along. Raises DatabaseNotReadyError when none did, or when the folder is a link that leads out of `home`.
    """
    named = home / recorded  # an absolute path stays as it is
    inside, outside = home / CLUSTER_FOLDER / DATA_FOLDER, _outside(home) / DATA_FOLDER
    if named == outside:
        return outside
    if not named.is_relative_to(home):
        if not (inside / "PG_VERSION").exists():
            return _brought_outside(home, named)
        named = inside
    if not named.resolve().is_relative_to(home.resolve()):
        raise DatabaseNotReadyError(
            f"{named} is a link that leads out of its state folder, to {named.resolve()}: another state folder could "
            "hold the same link. Move the data here, or move the whole state folder and set PHUSONG_HOME to it.",
            f"{named} là liên kết dẫn ra ngoài thư mục trạng thái, tới {named.resolve()}: một thư mục trạng thái khác "
            "có thể chứa cùng liên kết đó. Hãy chuyển dữ liệu về đây, hoặc chuyển cả thư mục trạng thái rồi đặt "
            "PHUSONG_HOME tới nó.",
        )
    return named


def refuse_torn_copy(data_dir: Path) -> None:
    """Raise DatabaseNotReadyError for data that were copied while the server of another folder had them open."""
    raise DatabaseNotReadyError(
        f"{data_dir} was copied while the database of another state folder was running, so its files need not fit "
        "together. Stop that one (phusong db stop, with its PHUSONG_HOME), copy the state folder again and start. If "
        f"none ran (the folder was moved or copied after a crash), delete {data_dir / 'postmaster.pid'} and start.",
        f"{data_dir} được sao chép khi cơ sở dữ liệu của một thư mục trạng thái khác đang chạy nên các tệp có thể "
        "không khớp nhau. Hãy dừng cơ sở dữ liệu đó (phusong db stop, với PHUSONG_HOME của nó), sao chép lại thư mục "
        "trạng thái rồi khởi động. Nếu lúc đó không có cơ sở dữ liệu nào chạy (thư mục được chuyển hoặc sao chép sau "
        f"sự cố), hãy xoá {data_dir / 'postmaster.pid'} rồi khởi động.",
    )


def _brought_outside(home: Path, foreign: Path) -> Path:
    outside = _outside(home)
    if _is_ours(outside) and (outside / DATA_FOLDER / "PG_VERSION").exists():
        return outside / DATA_FOLDER
    closed = foreign.parent.parent == FALLBACK_ROOT
    place = (outside if closed else home / CLUSTER_FOLDER) / DATA_FOLDER
    raise DatabaseNotReadyError(
        f"the state folder {home} was copied or moved without its database, which is that of another state folder: "
        f"{foreign}. It is left alone. To take it along, stop the other one (phusong db stop), then: mkdir -p "
        f"'{place.parent}' && cp -a '{foreign}' '{place}'; to begin with an empty database delete "
        f"{home / CLUSTER_FOLDER}.",
        f"thư mục trạng thái {home} được sao chép hoặc chuyển đi mà không kèm cơ sở dữ liệu; cơ sở dữ liệu được ghi là "
        f"của thư mục trạng thái khác: {foreign}, nên không dùng tới. Muốn mang theo, hãy dừng bên kia (phusong db "
        f"stop), rồi: mkdir -p '{place.parent}' && cp -a '{foreign}' '{place}'; muốn bắt đầu với cơ sở dữ liệu trống, "
        f"hãy xoá {home / CLUSTER_FOLDER}.",
    )


def _outside(home: Path) -> Path:
    return FALLBACK_ROOT / f"phusong-{sha256(str(home).encode()).hexdigest()[:12]}"


def _is_ours(folder: Path) -> bool:
    return folder.is_dir() and not folder.is_symlink() and folder.stat().st_uid == os.geteuid()


def _reaches(user: ServerUser, folder: Path) -> bool:
    code, _ = run_as(user, ["test", "-x", str(folder)])
    return code == 0
