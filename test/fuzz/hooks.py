"""What schemathesis is told of the service beside its OpenAPI document. FUZZ_TOOL is the tool whose certificate it shows,
FUZZ_OUT a file that gets one line of JSON for each answer, each failed check and each broken connection.

Most requests are for that tool, else nothing but 403 would be seen, and many name jobs and images that there are. Streams
never end by themselves: reading them ends when they fall silent. All choices follow from the request itself, so that a run
with the same seed is the same run.
"""

import hashlib
import io
import json
import os
import random
import re
import threading

import jsonschema_rs
import requests
import schemathesis
import urllib3
from schemathesis.core.failures import AcceptedNegativeData, Failure

TOOL = os.environ["FUZZ_TOOL"]
OUT = open(os.environ["FUZZ_OUT"], "a", encoding="utf-8", buffering=1)
LOCK = threading.Lock()

TOOL_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,51}[a-z0-9])?")
NAMES = ("hello", "nightly", "listener", "web", "first", "second", "third")
IMAGES = ("bookworm", "python3.11", "python3.13", "node20", "tf-python39")
SCHEDULES = ("@daily", "@hourly", "*/5 * * * *", "17 3 * * mon-fri", "0 0 29 2 *", "0 7 1-7 * 7")
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu")
MEMORY = ("100Mi", "512Mi", "1Gi", "0.5Gi", "1e9", "4Gi")
CPU = ("50m", "0.1", "250m", "1")
FOREIGN = {
    "one-off": ("schedule", "timezone", "timeout", "replicas", "port", "port_protocol", "health_check", "publish", "continuous"),
    "scheduled": ("replicas", "port", "port_protocol", "health_check", "publish", "continuous"),
    "continuous": ("schedule", "timezone", "timeout", "retry"),
    "webservice": ("schedule", "timezone", "timeout", "retry", "continuous", "port_protocol", "filelog", "filelog_stdout", "filelog_stderr"),
}

# Seconds without a byte after which a stream counts as read, and bytes after which it does in any case.
SILENCE = 0.15
MOST = 1 << 20
LINES = "application/x-ndjson"
STREAMS = {LINES: "LogLine", "text/event-stream": "JobEvent"}
CURL_LENGTH = 4000


def note(**entry):
    with LOCK:
        OUT.write(json.dumps(entry) + "\n")


def dice_of(*parts):
    text = json.dumps(parts, sort_keys=True, default=str)
    return random.Random(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest())


def is_positive(case):
    return case.meta is None or case.meta.generation.mode.is_positive


def is_stateful(case):
    return case.meta is not None and case.meta.phase.name.value == "stateful"


def sensible(job, dice):
    """The same job with values that mean something, where a schema cannot say which do."""
    job = dict(job)
    job["name"] = dice.choice(NAMES)
    job["imagename"] = dice.choice(IMAGES)
    job["cmd"] = job.get("cmd") or "true"
    if not job["cmd"].strip():
        job["cmd"] = "true"
    kind = dice.choice(tuple(FOREIGN))
    if dice.random() < 0.7 or kind == "webservice":
        job["job_type"] = kind
    else:
        job.pop("job_type", None)
        job["continuous"] = dice.choice((True, "True", "true")) if kind == "continuous" else None
    if kind == "scheduled":
        job["schedule"] = None
    for field, values in (("schedule", SCHEDULES), ("timezone", ZONES), ("memory", MEMORY), ("cpu", CPU)):
        if field in job:
            job[field] = dice.choice(values)
    for field in FOREIGN[kind]:
        if field != "continuous" or kind != "continuous":
            job.pop(field, None)
    for field, most in (("retry", 5), ("replicas", 2), ("port", 65535), ("timeout", 3600)):
        if isinstance(job.get(field), str):
            job[field] = str(dice.randint(1, most))
    if kind == "continuous":
        if job.get("health_check") or job.get("publish"):
            job["port"] = dice.choice((8080, "8080"))
            job["port_protocol"] = "tcp"
        elif job.get("port") is None:
            job.pop("port_protocol", None)
    if isinstance(job.get("replicas"), int):
        job["replicas"] = dice.randint(0, 2)
    if job.get("mount") == "none":
        job["filelog"] = None
        job["mount"] = "all"
    return job


def sensible_body(body, dice):
    if "jobs" not in body:
        return sensible(body, dice)
    jobs = {}
    for job in body["jobs"][:5]:
        made = sensible(job, dice)
        jobs[made["name"]] = made
    body = {**body, "jobs": list(jobs.values())}
    if dice.random() < 0.8:
        body.pop("plan", None)
    return body


@schemathesis.hook
def before_call(context, case, kwargs):
    dice = dice_of(case.operation.label, case.path_parameters, case.query, case.body)
    parameters = case.path_parameters or {}
    tool = parameters.get("tool")
    if isinstance(tool, str) and TOOL_NAME.fullmatch(tool) and dice.random() < 0.97:
        parameters["tool"] = TOOL
    if not is_positive(case) or is_stateful(case):
        return
    if "name" in parameters and dice.random() < 0.8:
        parameters["name"] = dice.choice(NAMES)
    if isinstance(case.body, dict) and dice.random() < 0.7:
        case.body = sensible_body(case.body, dice)


def code_of(response):
    try:
        return response.json().get("code")
    except Exception:
        return None


@schemathesis.hook
def after_call(context, case, response):
    status = response.status_code
    note(
        kind="answer",
        operation=case.operation.definition.raw.get("operationId"),
        # Requests by another method than that of the operation ask for no operation.
        isAsked=response.request.method == case.operation.method.upper(),
        status=status,
        code=code_of(response) if status >= 400 else None,
        phase=case.meta.phase.name.value if case.meta else "none",
    )


def curl_of(case):
    text = case.as_curl_command()
    return text if len(text) <= CURL_LENGTH else text[:CURL_LENGTH] + " … (cut)"


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """Notes what a check found; nothing is dropped but that what is too large is refused for that first."""
    if response.status_code == 413 and isinstance(failure, AcceptedNegativeData):
        return False
    note(
        kind="failure",
        check=type(failure).__name__,
        label=case.operation.label,
        status=response.status_code,
        message=f"{failure.title}: {failure.message}"[:2000],
        answer=response.text[:1000],
        curl=curl_of(case),
    )
    return True


@schemathesis.hook
def after_network_error(context, case, request):
    note(
        kind="failure",
        check="network",
        label=case.operation.label,
        status=0,
        message="the connection broke",
        answer="",
        curl=curl_of(case),
    )


def media_type(headers):
    return headers.get("content-type", "").split(";")[0].strip()


@schemathesis.check
def each_line_conforms(ctx, response, case):
    """Schemathesis looks at whole answers and at events, but not into them. The last line may not have come whole."""
    kind = media_type({name: values[0] for name, values in response.headers.items()})
    if kind not in STREAMS:
        return
    schema = {"$ref": f"#/components/schemas/{STREAMS[kind]}", "components": case.operation.schema.raw_schema["components"]}
    validator = jsonschema_rs.validator_for(schema)
    for line in response.content.decode("utf-8").split("\n")[:-1]:
        text = line if kind == LINES else line.removeprefix("data:") if line.startswith("data:") else None
        if text is None:
            continue
        for error in validator.iter_errors(json.loads(text)):
            message = f"{error.message}: {text[:500]}"
            raise Failure(operation=case.operation.label, title="A line is not as documented", message=message)


def read_until_silence(raw):
    content = b""
    connection = raw.connection
    if connection is not None and connection.sock is not None:
        connection.sock.settimeout(SILENCE)
    try:
        while len(content) < MOST and (chunk := raw.read1(65536, decode_content=True)):
            content += chunk
    except urllib3.exceptions.ReadTimeoutError:
        pass
    finally:
        raw.close()
    return content


def bounded(send):
    def send_and_read(adapter, request, **options):
        response = send(adapter, request, **options)
        kind = media_type(response.headers)
        if kind in STREAMS:
            body = io.BytesIO(read_until_silence(response.raw))
            response.raw = urllib3.HTTPResponse(body, {"content-type": kind}, response.status_code, preload_content=False)
        return response

    return send_and_read


requests.adapters.HTTPAdapter.send = bounded(requests.adapters.HTTPAdapter.send)
