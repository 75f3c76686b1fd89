"""Sources in S3, as moto understands it: listings in pages, versions, tags, credentials."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import onecopy
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.remote import told, write

pytest.importorskip("obstore")
boto3 = pytest.importorskip("boto3")
moto = pytest.importorskip("moto.server")

BUCKET = "onecopy-tests"


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    keys = {"aws_access_key_id": "x", "aws_secret_access_key": "y", "region_name": "us-east-1"}
    client = boto3.client("s3", endpoint_url=f"http://{host}:{port}", **keys)
    client.create_bucket(Bucket=BUCKET)
    yield client
    client.close()
    server.stop()


@pytest.fixture(scope="module")
def options(client: Any) -> dict[str, Any]:
    return {
        "AWS_ENDPOINT_URL": client.meta.endpoint_url,
        "aws_region": "us-east-1",
        "AWS_ACCESS_KEY_ID": "x",
        "aws_secret_access_key": "y",
        "AWS_ALLOW_HTTP": "true",
        "virtual_hosted_style_request": "false",
    }


@pytest.fixture(scope="module")
def local(client: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write(tmp_path_factory.mktemp("s3") / "train")
    for file in folder.iterdir():
        client.upload_file(str(file), BUCKET, f"train/{file.name}")
    return folder


@pytest.mark.parametrize("address", ["train", "train/", "train/part-*.parquet", "**/*.parquet"])
def test_remote_equals_local(local: Path, options: dict[str, Any], address: str) -> None:
    assert told(f"s3://{BUCKET}/{address}", storage_options=options) == told(local)


def test_filters_and_parts(local: Path, options: dict[str, Any]) -> None:
    rows = {"filters": [("id", ">=", 1_000_000)], "split": {"a": 0.7, "b": 0.3}, "sort_by": "f0"}
    assert told(f"s3://{BUCKET}/train", storage_options=options, **rows) == told(local, **rows)


def test_more_objects_than_a_page_of_a_listing(client: Any, options: dict[str, Any]) -> None:
    table = pa.BufferOutputStream()
    pq.write_table(pa.table({"a": [1.0]}), table)
    body = table.getvalue().to_pybytes()
    for at in range(1100):
        client.put_object(Bucket=BUCKET, Key=f"many/part-{at}.parquet", Body=body)
    found = onecopy.inspect(f"s3://{BUCKET}/many", storage_options=options)
    assert found.rows == 1100
    assert found.files[2].path.endswith("part-2.parquet")


@pytest.mark.usefixtures("local")
def test_an_object_that_is_replaced(client: Any, options: dict[str, Any]) -> None:
    table = pa.BufferOutputStream()
    pq.write_table(pa.table({"a": [1.0, 2.0]}), table)
    body = table.getvalue().to_pybytes()
    client.put_object(Bucket=BUCKET, Key="one.parquet", Body=body)
    planned = onecopy.plan(f"s3://{BUCKET}/one.parquet", storage_options=options)
    client.put_object(Bucket=BUCKET, Key="one.parquet", Body=body.replace(b"PAR1", b"PAR2", 1))
    with pytest.raises(onecopy.InputChangedError, match=f"s3://{BUCKET}/one.parquet"):
        planned.run()


def test_what_is_missing(options: dict[str, Any]) -> None:
    for address in (f"s3://{BUCKET}/none.parquet", "s3://no-such-bucket/a.parquet"):
        with pytest.raises(FileNotFoundError) as raised:
            told(address, storage_options=options)
        assert raised.value.filename == address
