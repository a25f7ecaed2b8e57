"""A run and a command of dlt: five events, one after the other."""
import os
import subprocess
import sys

home = os.path.join(os.getcwd(), "home")
os.environ.update(
    HOME=home,
    XDG_DATA_HOME=home,
    DLT_DATA_DIR=home,
    RUNTIME__DLTHUB_TELEMETRY_ENDPOINT="http://127.0.0.1:4700/in/dlt",
    DESTINATION__DUMMY__COMPLETED_PROB="1.0",
)

import dlt

pipeline = dlt.pipeline("acme_pipeline", destination="dummy", dataset_name="acme_data")
pipeline.run([{"id": 1}], table_name="acme_table")
command = os.path.join(os.path.dirname(sys.executable), "dlt")
subprocess.run([command, "telemetry"], stdout=subprocess.DEVNULL, check=True)
