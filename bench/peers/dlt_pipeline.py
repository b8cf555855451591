"""dlt (https://dlthub.com): customers and charges by a resource each, loaded into Postgres by its pipeline."""

import json
import os
import sys
import tempfile
import time
from urllib.parse import urlsplit

task = json.loads(sys.argv[1])
folder = tempfile.TemporaryDirectory()
os.environ["DLT_DATA_DIR"] = folder.name
os.environ["RUNTIME__LOG_LEVEL"] = "ERROR"
os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
MOMENT = 0.3

import dlt  # noqa: E402
from dlt.sources.helpers.requests import Client  # noqa: E402

session = Client().session
session.auth = (task["secretKey"], "")
session.headers["Stripe-Version"] = task["apiVersion"]


def pages(path):
    query = {"limit": 100}
    while True:
        answer = session.get(f"http://{task['host']}:{task['port']}/v1/{path}", params=query).json()
        yield answer["data"]
        if not answer["has_more"]:
            return
        query["starting_after"] = answer["data"][-1]["id"]


def whole(path):
    """At its fastest: nothing to infer, nothing to normalise, nothing to compare, loaded by COPY."""
    for page in pages(path):
        yield [{"id": item["id"], "payload": item} for item in page]


def resource(path):
    if task["best"]:
        columns = {"payload": {"data_type": "json"}}
        return dlt.resource(whole(path), name=path, write_disposition="append", columns=columns, max_table_nesting=0)
    return dlt.resource(pages(path), name=path, write_disposition="merge", primary_key="id", max_table_nesting=0)


# It insists on a password, and the server on none.
database = urlsplit(task["databaseUrl"])
credentials = f"postgresql://postgres:none@{database.hostname}:{database.port}{database.path}"
pipeline = dlt.pipeline(
    pipeline_name="bench",
    pipelines_dir=folder.name,
    destination=dlt.destinations.postgres(credentials),
    dataset_name="stripe",
)
print("bench: start", flush=True)
time.sleep(MOMENT)
begin = time.perf_counter()
options = {"loader_file_format": "csv"} if task["best"] else {}
pipeline.run([resource("customers"), resource("charges")], **options)
print(f"bench: done {(time.perf_counter() - begin) * 1000}", flush=True)
time.sleep(MOMENT)
folder.cleanup()
