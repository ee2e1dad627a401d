"""Server and worker as processes, as those see them who keep them running: probes, metrics, logs, traces."""

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from prometheus_client.parser import text_string_to_metric_families

from aftersales.auth import csrf
from aftersales.http import STAFF_COOKIE
from aftersales.operations.traces import trace_of
from scripts.docs import metric_names
from tests.factories.world import API, World

pytestmark = pytest.mark.slow

SECONDS = 90.0
NAME, PHONE, TOKEN, CODE = "Venkateswarlu", "9849012377", "tok-9f8e7d6c5b4a", "482916"
SECRETS = (NAME, PHONE, TOKEN, CODE, "padma", "chillies")


@dataclass
class Collector:
    """A receiver of OTLP over HTTP that takes nothing but well-formed protobuf."""

    port: int = 0
    spans: list[tuple[str, Span]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def take(self, path: str, kind: str, body: bytes) -> int:
        """The status for one request."""
        try:
            told = ExportTraceServiceRequest.FromString(body)
        except Exception as error:  # noqa: BLE001 - whatever the parser says
            self.refused.append(repr(error))
            return 400
        if path != "/v1/traces" or kind != "application/x-protobuf" or told.SerializeToString() != body:
            self.refused.append(f"{path} {kind}")
            return 400
        for resource in told.resource_spans:
            [service] = [a.value.string_value for a in resource.resource.attributes if a.key == "service.name"]
            self.spans += [(service, span) for scope in resource.scope_spans for span in scope.spans]
        return 200

    def named(self, service: str, name: str) -> list[Span]:
        """The spans of this name."""
        return [span for of, span in self.spans if of == service and span.name == name]


@contextmanager
def collecting() -> Iterator[Collector]:
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(collector.take(self.path, self.headers["Content-Type"], body))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        collector.port = server.server_port
        Thread(target=server.serve_forever, daemon=True).start()
        yield collector
        server.shutdown()


@dataclass
class Part:
    """A process, where it is asked, and its log."""

    child: subprocess.Popen[bytes]
    port: int
    log: Path

    def lines(self) -> list[dict[str, object]]:
        """Every line of its log; each must be JSON."""
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    async def ask(self, path: str) -> httpx.Response:
        """One of the three questions."""
        async with httpx.AsyncClient() as client:
            return await client.get(f"http://127.0.0.1:{self.port}{path}")


@dataclass
class Plant:
    """Both, and the collector of their traces."""

    server: Part
    worker: Part
    address: str
    collector: Collector


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def start(world: World, command: str, folder: Path, address: str, collector: Collector) -> Part:
    port, log = free_port(), folder / f"{command}.log"
    chosen = {
        "DATABASE_URL": world.settings.database_url or "",
        "SECRET_KEY": world.settings.signing_key.decode(),
        "DATA_DIR": str(folder),
        "HOST": "127.0.0.1",
        "PORT": address.rpartition(":")[2],
        "BASE_URL": address,
        "OPERATIONS_PORT": str(port),
        "OTLP_URL": f"http://127.0.0.1:{collector.port}/v1/traces",
        "LOG_LEVEL": "debug",
    }
    with log.open("wb") as out:
        child = subprocess.Popen(
            [sys.executable, "-m", "aftersales.cli", command],
            env={**os.environ, **{f"AFTERSALES_{name}": value for name, value in chosen.items()}},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
        )
    return Part(child, port, log)


async def ready(part: Part) -> None:
    async with asyncio.timeout(SECONDS):
        while True:
            assert part.child.poll() is None, part.log.read_text()
            try:
                if (await part.ask("/readyz")).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.1)


@pytest.fixture(scope="module")
async def plant(company: World, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Plant]:
    folder, address = tmp_path_factory.mktemp("plant"), f"http://localhost:{free_port()}"
    with collecting() as collector:
        parts = [start(company, command, folder, address, collector) for command in ("run", "worker")]
        try:
            for part in parts:
                await ready(part)
            yield Plant(parts[0], parts[1], address, collector)
        finally:
            for part in parts:
                part.child.send_signal(signal.SIGTERM)
            for part in parts:
                await asyncio.to_thread(part.child.wait, SECONDS)
        assert collector.refused == []


def desk(plant: Plant, world: World) -> httpx.AsyncClient:
    token = world.tokens["manager"]
    return httpx.AsyncClient(
        timeout=SECONDS,
        base_url=plant.address,
        cookies={STAFF_COOKIE: token},
        headers={"X-CSRF-Token": csrf.token(world.settings.signing_key, token)},
    )


async def eventually(condition: object) -> None:
    assert callable(condition)
    async with asyncio.timeout(SECONDS):
        while not condition():  # noqa: ASYNC110 - what is waited for happens in another process
            await asyncio.sleep(0.1)


async def note(plant: Plant, world: World) -> httpx.Response:
    """A repair order is opened on a case of its own: one post, several deliveries."""
    async with desk(plant, world) as client:
        answer = await client.post(f"{API}/cases/{world.home.case_id}/note_added", json={"note": f"{NAME} {PHONE}"})
        assert answer.status_code == 200, answer.text
        return answer


async def scraped(part: Part) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    answer = await part.ask("/metrics")
    assert answer.status_code == 200
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


async def test_probes_of_both(plant: Plant) -> None:
    for part in (plant.server, plant.worker):
        assert (await part.ask("/healthz")).text == "ok"
        found = (await part.ask("/readyz")).json()
        assert found["ready"] is True
        assert set(found["checks"]) == {"database", "migrations"} | ({"outbox"} if part is plant.worker else set())
        assert (await part.ask("/elsewhere")).status_code == 404
        asked = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-m", "aftersales.cli", "ready"],
            env={**os.environ, "AFTERSALES_OPERATIONS_PORT": str(part.port), "AFTERSALES_SECRET_KEY": "k" * 43},
            capture_output=True,
            check=False,
        )
        assert asked.returncode == 0, asked.stderr
        assert json.loads(asked.stdout)["ready"] is True


async def test_every_metric_is_documented_and_no_label_is_an_id(plant: Plant, company: World) -> None:
    await note(plant, company)
    async with desk(plant, company) as client:
        await client.get("/desk")
        await client.request("PROPFIND", f"/{NAME}/{TOKEN}")
    told = {"aftersales_fanned_out_total", "aftersales_delivery_seconds_count"}
    await eventually(lambda: "done in" in plant.worker.log.read_text())
    found = await scraped(plant.server) | await scraped(plant.worker)
    assert told <= {name for name, _ in found}
    families = {re.sub(r"_(bucket|count|sum)$", "", name) for name, _ in found}
    assert families - metric_names() == set()
    for name, labels in found:
        for label, value in labels:
            if label != "le":
                assert not re.search(r"\d{4}|[0-9a-f]{8}-", value), (name, label, value)
                assert not any(secret in value for secret in SECRETS), (name, label, value)
    requests = [dict(labels) for name, labels in found if name == "aftersales_request_seconds_count"]
    assert {"route": f"{API}/cases/{{document_id}}/note_added", "method": "POST", "status": "2xx"} in requests
    assert {"route": "none", "method": "OTHER", "status": "4xx"} in requests
    assert any(name == "aftersales_posts_total" and ("machine", "case") in labels for name, labels in found)
    assert found["aftersales_database_up", frozenset()] == 1


async def test_the_same_request_id_in_answer_error_and_log(plant: Plant, company: World) -> None:
    mine = "0af7651916cd43dd8448eb211c80319c"
    async with desk(plant, company) as client:
        answer = await client.get(f"{API}/cases/{company.home.serial}?q={NAME}", headers={"X-Request-ID": mine})
        assert answer.headers["x-request-id"] == answer.json()["request_id"] == mine
        for bad in (PHONE, NAME, "x" * 32, "a" * 65):
            answer = await client.get(f"{API}/cases", headers={"X-Request-ID": bad})
            assert bad not in answer.headers["x-request-id"]
    [line] = [line for line in plant.server.lines() if line.get("request_id") == mine]
    assert line["route"] == f"{API}/cases/{{case_id}}"
    assert line["status"] == 422
    assert str(line["actor"]).startswith("staff:")
    assert "ms" in line


async def test_worker_lines_say_what_they_are_about(plant: Plant, company: World) -> None:
    await note(plant, company)
    await eventually(lambda: any(line.get("stream") == str(company.home.case_id) for line in plant.worker.lines()))
    line = next(line for line in plant.worker.lines() if line.get("stream") == str(company.home.case_id))
    assert {"subscriber", "stream", "version", "attempt"} <= set(line)


async def test_logs_name_nobody(plant: Plant, company: World) -> None:
    async with desk(plant, company) as client:
        await client.get(f"/t/{TOKEN}")
        await client.get("/desk/search", params={"q": f"padma {NAME}"})
        await client.get(f"{API}/search", params={"q": PHONE})
        await client.get(f"/{NAME}/{PHONE}?code={CODE}")
        await client.post(
            "/sign-in", data={"login": "padma", "password": "chillies"}, headers={"Origin": plant.address}
        )
        await client.post(f"{API}/session", json={"login": PHONE, "password": TOKEN})
        await client.post(f"{API}/cases/{company.home.case_id}/note_added", json={"note": f"{NAME} {PHONE} {CODE}"})
        await client.post(f"{API}/cases/{company.home.case_id}/note_added", content=f'{{"note": "{NAME}'.encode())
    await eventually(lambda: len(plant.worker.lines()) > 2)
    for part in (plant.server, plant.worker):
        assert part.lines()
        assert [secret for secret in SECRETS if secret in part.log.read_text()] == []


async def test_request_post_and_deliveries_find_each_other(plant: Plant, company: World) -> None:
    parent = "4bf92f3577b34da6a3ce929d0e0e4736"
    async with desk(plant, company) as client:
        answer = await client.post(
            f"{API}/cases/{company.home.case_id}/note_added",
            json={"note": NAME},
            headers={"traceparent": f"00-{parent}-00f067aa0ba902b7-01"},
        )
        assert answer.status_code == 200
    collector = plant.collector

    def ours(name: str) -> list[Span]:
        return [s for s in collector.named("aftersales-server", name) if s.trace_id.hex() == parent]

    await eventually(lambda: ours("request") and ours("post"))
    [request], [post] = ours("request"), ours("post")
    assert post.parent_span_id == request.span_id
    facts = {a.key: a.value.string_value or a.value.int_value for a in request.attributes}
    assert facts["http.route"] == f"{API}/cases/{{document_id}}/note_added"
    assert facts["http.response.status_code"] == 200
    [link] = post.links
    version = next(a.value.int_value for a in link.attributes if a.key == "aftersales.version")
    assert link.trace_id == trace_of((company.home.case_id, version)).to_bytes(16)
    await eventually(
        lambda: [s for of, s in collector.spans if of == "aftersales-worker" and s.trace_id == link.trace_id]
    )
    await eventually(lambda: collector.named("aftersales-worker", "fan-out"))
    everything = b"".join(span.SerializeToString() for _, span in collector.spans)
    assert [secret for secret in SECRETS if secret.encode() in everything] == []
