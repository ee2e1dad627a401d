"""Settings explain themselves."""

from aftersales.config import Settings


def test_every_setting_has_a_description() -> None:
    silent = [name for name, field in Settings.model_fields.items() if not field.description]
    assert silent == []
