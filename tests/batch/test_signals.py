"""The first signal asks, the second insists, and afterwards all is as before."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from e2eocr.batch.signals import interruptions

SIGNALS = [signal.SIGINT, signal.SIGTERM]


@pytest.mark.parametrize("number", SIGNALS)
def test_first_signal_asks(number: signal.Signals) -> None:
    with interruptions() as stop:
        assert (stop.requested, stop.signal_number) == (False, None)
        os.kill(os.getpid(), number)
        assert (stop.requested, stop.signal_number) == (True, number)


@pytest.mark.parametrize("first", SIGNALS)
@pytest.mark.parametrize("second", SIGNALS)
def test_second_signal_ends_and_a_third_does_not_disturb(first: signal.Signals, second: signal.Signals) -> None:
    with pytest.raises(KeyboardInterrupt), interruptions() as stop:
        os.kill(os.getpid(), first)
        try:
            os.kill(os.getpid(), second)
        finally:
            os.kill(os.getpid(), second)
    assert stop.signal_number == first


def test_handlers_are_put_back() -> None:
    before = [signal.getsignal(number) for number in SIGNALS]
    with interruptions() as stop:
        os.kill(os.getpid(), signal.SIGTERM)
        assert stop.requested
    assert [signal.getsignal(number) for number in SIGNALS] == before


def test_a_thread_gets_no_signals() -> None:
    before = [signal.getsignal(number) for number in SIGNALS]
    seen: list[object] = []

    def work() -> None:
        with interruptions() as stop:
            seen.append([signal.getsignal(number) for number in SIGNALS])
            seen.append(stop.requested)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [before, False]
