"""How many examples a property is tried on."""

from hypothesis import HealthCheck, settings

SUITE = 50
THOROUGH = 1000


def register() -> None:
    """`suite`, which is loaded, and `thorough`, which `make properties` loads: what one run misses, another finds.

    How long an example takes says how busy the machine is, not whether it is right.
    """
    untimed = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.register_profile("suite", untimed, max_examples=SUITE)
    settings.register_profile("thorough", untimed, max_examples=THOROUGH)
    settings.load_profile("suite")


def examples(count: int) -> settings:
    """`count` in the suite, for what takes longer or shorter than most, and more by the same factor when thorough."""
    now = settings.default
    return settings(max_examples=count * now.max_examples // SUITE if now is not None else count)
