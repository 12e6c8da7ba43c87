"""Many rows at once: one that the service made itself, copied by the database."""

from sqlalchemy import Connection, create_engine, inspect, text

# The uuids of the copies end with their number. They are built of functions that SQLite and MySQL share.
_UUID = "00000000-0000-7000-8000-X"
_DIGITS = 12
_NUMBER = f"CAST(SUBSTR(uuid, -{_DIGITS}) AS SIGNED)"


def uuid_of(number: int) -> str:
    """The uuid of a row that `multiply` made."""
    return _UUID.replace("X", f"{number:0{_DIGITS}}")


def multiply(url: str, rows: int, **values: object) -> None:
    """Turn the only prediction in a database into so many, numbered from 0.

    Args:
        url: of the database.
        values: columns that the copies, and the row itself, get.
    """
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            _multiply(connection, rows, values)
    finally:
        engine.dispose()


def _multiply(connection: Connection, rows: int, values: dict[str, object]) -> None:
    names = [column["name"] for column in inspect(connection).get_columns("predictions") if column["name"] != "uuid"]
    given = {"uuid": uuid_of(0), **values}
    changes = ", ".join(f"{name} = :{name}" for name in given)
    connection.execute(text(f"UPDATE predictions SET {changes}"), given)
    connection.commit()
    others = ", ".join(names)
    new = f"REPLACE('{_UUID}', 'X', SUBSTR({10**_DIGITS} + {_NUMBER} + :count, 2))"
    copy = text(
        f"INSERT INTO predictions (uuid, {others}) SELECT {new}, {others} FROM predictions "
        f"WHERE {_NUMBER} + :count < :rows"
    )
    count = 1
    while count < rows:
        connection.execute(copy, {"count": count, "rows": rows})
        connection.commit()
        count *= 2
