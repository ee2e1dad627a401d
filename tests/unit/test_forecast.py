"""Forecasts: by hand, as known at the time, and calibrated on shops that are simulated."""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftersales.cli import main
from aftersales.promises import backtest
from aftersales.promises.forecast import MINIMUM, Curve, History, Past
from tests.factories.examples import examples

YEARS = 2 * 365 * 24.0


def curve(*cases: tuple[float, bool]) -> Curve:
    lasted, ended = zip(*cases, strict=True)
    return Curve(np.array(lasted, dtype=float), np.array(ended), np.ones(len(cases)))


def usually(pick: np.random.Generator) -> np.ndarray:
    """How long cases of a shop usually last, as logarithms, by product and fault."""
    return pick.normal(4, 0.9, (6, 5))


def simulated(count: int, seed: int, *, signal: bool = True) -> list[Past]:
    """A shop of six products and five faults; a tenth of the cases wait for a part on top."""
    pick = np.random.default_rng(seed)
    usual = usually(pick) if signal else np.full((6, 5), 4.0)
    opened = np.cumsum(pick.exponential(YEARS / count, count))
    found = []
    for at in opened:
        product, fault = (
            pick.choice(6, p=[0.3, 0.2, 0.2, 0.15, 0.1, 0.05]),
            pick.choice(5, p=[0.35, 0.3, 0.2, 0.1, 0.05]),
        )
        lasted = math.exp(pick.normal(usual[product, fault], 0.5)) + (
            pick.exponential(200) if pick.random() < 0.1 else 0
        )
        closed = float(at + lasted)
        found.append(Past((f"product {product}", f"fault {fault}"), float(at), closed if closed < YEARS else None))
    return found


def test_cases_that_are_open_count_as_having_lasted_so_long() -> None:
    # By hand (Kaplan and Meier 1958): 4 at risk at 2, 2 at risk at 5; whoever left at 3 was still at risk at 2.
    found = curve((2, True), (3, False), (5, True), (9, False))
    assert found.open_after(1) == 1.0
    assert found.open_after(2) == pytest.approx(3 / 4)
    assert found.open_after(5) == pytest.approx(3 / 4 * 1 / 2)
    assert found.within(0.2) == 2
    assert found.within(0.5) == 5
    assert found.within(0.9) is None, "nothing known lasted as long"


def test_a_case_that_has_lasted_is_compared_with_those_that_did() -> None:
    found = curve(*[(float(n), True) for n in range(1, 101)])
    assert found.within(0.5) == 51
    assert found.within(0.5, age=80) == 91, "the eleventh of the twenty that are left: one more than half"
    assert found.within(0.5, age=100) is None


def test_below_the_minimum_no_number_is_named() -> None:
    shop = [Past(("washer",), float(n), n + 5.0) for n in range(MINIMUM)]
    assert History(shop[:-1]).forecast(("washer",), 1000) is None
    found = History(shop).forecast(("washer",), 1000)
    assert found is not None
    assert (found.p50, found.p90, found.cases, found.own) == (5, 5, MINIMUM, MINIMUM)
    # What is not known of yet borrows from the shop.
    other = History(shop).forecast(("phone",), 1000)
    assert other is not None
    assert (round(other.p50, 9), other.own) == (5, 0)
    deeper = History(shop).forecast(("washer", "motor", "noise"), 1000)
    assert deeper is not None
    assert (round(deeper.p50, 9), deeper.own) == (5, 0)
    assert History(shop).forecast(("washer",), 10) is None, "then only five had ended"


def test_a_thin_segment_leans_on_its_parent_and_a_thick_one_does_not() -> None:
    shop = [Past(("washer", "motor"), n * 10.0, n * 10 + 100.0) for n in range(100)]
    shop += [Past(("washer", "leak"), n * 10.0 + 1, n * 10 + 11.0) for n in range(100)]
    shop += [Past(("washer", "noise"), n * 10.0 + 2, n * 10 + 12.0) for n in range(3)]
    history = History(shop)
    motor, noise = history.forecast(("washer", "motor"), 5000), history.forecast(("washer", "noise"), 5000)
    assert motor is not None
    assert (motor.p50, motor.p90) == (100, 100)
    assert noise is not None
    assert noise.p50 < 60


def test_a_case_closed_before_it_was_opened_is_refused() -> None:
    with pytest.raises(ValueError, match="before it was opened"):
        History([Past((), 5.0, 4.0)])


@examples(25)
@given(st.integers(0, 2**31), st.floats(0.2, 0.8))
def test_the_future_changes_no_forecast(seed: int, part: float) -> None:
    shop = simulated(150, seed % 1000)
    now = shop[int(part * len(shop))].opened
    known = [
        Past(one.segment, one.opened, one.closed if one.closed is not None and one.closed <= now else None)
        for one in shop
        if one.opened < now
    ]
    for segment in (("product 0", "fault 0"), ("product 5", "fault 4"), ()):
        assert History(shop).forecast(segment, now) == History(known).forecast(segment, now)


@pytest.mark.slow
@pytest.mark.parametrize(("count", "seeds", "loss"), [(1200, range(20, 23), 0.80), (300, range(20, 44), 0.85)])
def test_calibrated_on_simulated_shops(count: int, seeds: range, loss: float) -> None:
    found = [backtest.replay(simulated(count, seed)) for seed in seeds]
    assert 0.47 <= np.mean([one.coverage[0] for one in found]) <= 0.55
    assert 0.87 <= np.mean([one.coverage[1] for one in found]) <= 0.93
    assert np.mean([one.pinball for one in found]) <= loss
    assert all(list(one.calibration) == sorted(one.calibration) for one in found)


@pytest.mark.parametrize("seed", [20, 23])
def test_of_a_grown_shop_little_is_lost_against_one_who_knows_it(seed: int) -> None:
    # Whoever knew how long each product and fault takes could not do better than this, whatever the method.
    usual, lots = usually(np.random.default_rng(seed)), np.random.default_rng(0)
    waits = np.where(lots.random(20_000) < 0.1, lots.exponential(200, 20_000), 0)
    drawn = lots.normal(0, 0.5, 20_000)
    best: dict[tuple[str, ...], np.ndarray] = {
        (f"product {product}", f"fault {fault}"): np.quantile(np.exp(usual[product, fault] + drawn) + waits, (0.5, 0.9))
        for product in range(6)
        for fault in range(5)
    }
    shop = simulated(1200, seed)
    history = History(shop)
    ended = [one for one in shop if one.closed is not None and history.curve(one.segment, one.opened) is not None]
    off = np.array([one.closed - one.opened - best[one.segment] for one in ended if one.closed is not None])
    least = np.maximum(off * (0.5, 0.9), off * (-0.5, -0.1)).mean(axis=0).sum()
    ours = sum(pair[0] for pair in backtest.replay(shop).losses)
    assert least < ours <= 1.12 * least


def test_a_shop_without_signal_loses_little() -> None:
    found = backtest.replay(simulated(1200, 3, signal=False))
    assert 0.47 <= found.coverage[0] <= 0.55
    assert 0.87 <= found.coverage[1] <= 0.93
    assert found.pinball <= 1.10


def log(path: Path, rows: Sequence[str]) -> list[str]:
    path.write_text("\ufeffid,in,out,product\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return [
        "forecast",
        "backtest",
        str(path),
        "--case",
        "id",
        "--opened",
        "in",
        "--closed",
        "out",
        "--segment",
        "product",
    ]


def test_the_command_replays_a_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [f"{n},2026-01-{1 + n % 28:02}T0{n % 9}:00:00+05:30,2026-03-01 10:00,washer" for n in range(60)]
    rows += [f"{100 + n},2026-04-01,2026-04-0{2 + n % 7},washer" for n in range(20)] + ["999,2026-04-05,,washer"]
    plot = tmp_path / "calibration.svg"
    assert main([*log(tmp_path / "log.csv", rows), "--plot", str(plot)]) == 0
    said = capsys.readouterr().out
    assert "done within P90" in said
    assert "pinball loss" in said
    assert plot.read_text().startswith("<svg")


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (["1,2026-01-02,2026-01-01,washer"], "row 2: closed before it was opened"),
        (["1,yesterday,,washer"], "row 2:"),
        (["1,2026-01-02,,washer", "1,2026-01-02,,washer"], "row 3: case 1 is there twice"),
        (["1,2026-01-02,2026-01-03,washer"], "nothing to compare"),
        ([], "nothing to compare"),
    ],
)
def test_logs_that_cannot_be_used(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], rows: list[str], words: str
) -> None:
    assert main(log(tmp_path / "log.csv", rows)) == 1
    assert words in capsys.readouterr().err


def test_a_column_that_is_not_there_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*log(tmp_path / "log.csv", [])[:-1], "product,fault"]) == 1
    assert "no column fault" in capsys.readouterr().err
