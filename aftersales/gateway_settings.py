"""The settings of whoever takes cards. A gateway none of whose settings are given is off."""

import re
from collections.abc import Sequence
from typing import Self

from pydantic import Field, SecretStr, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings

_SHAPES = {
    "stripe_key": (r"(sk|rk)_(test|live)_\w{8,200}", "give a secret or restricted key: sk_… or rk_…, not pk_…"),
    "stripe_hook_secret": (r"whsec_[\w+/=]{8,200}", "give the signing secret of the webhook: whsec_…"),
}


class GatewaySettings(BaseSettings):
    """Keys of the gateways that hold amounts on cards."""

    stripe_key: SecretStr | None = Field(
        default=None,
        description="Stripe's secret key, or better a restricted one (rk_…): amounts are blocked on cards online. "
        "Unset: staff block them at the card terminal.",
    )
    stripe_hook_secret: SecretStr | None = Field(
        default=None,
        description="The signing secret of the webhook that Stripe posts to /hooks/billing/stripe.",
    )
    stripe_url: str = Field(
        default="https://api.stripe.com", pattern=r"^https?://[^/\s]+$", description="Where Stripe's API is."
    )

    @field_validator("stripe_key", "stripe_hook_secret")
    @classmethod
    def _as_stripe_writes_it(cls, secret: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        shape, words = _SHAPES[str(info.field_name)]
        if secret is not None and not re.fullmatch(shape, secret.get_secret_value()):
            raise ValueError(words)
        return secret

    @model_validator(mode="after")
    def _both_keys(self) -> Self:
        for given, missing in (("stripe_key", "stripe_hook_secret"), ("stripe_hook_secret", "stripe_key")):
            if getattr(self, given) is not None and getattr(self, missing) is None:
                raise ValueError(f"stripe is half configured: set AFTERSALES_{missing.upper()} too")
        return self

    def gateways(self) -> Sequence[str]:
        """A line for each gateway: whether it is on, and what it needs if it is not."""
        if self.stripe_key is None:
            return ("stripe: off; set AFTERSALES_STRIPE_KEY, AFTERSALES_STRIPE_HOOK_SECRET",)
        live = "_live_" in self.stripe_key.get_secret_value()
        return (f"stripe: on ({'live' if live else 'test'} key)",)
