"""The kernel's own manifests, in the order of its layers. They are always loaded.

Named, not imported: a manifest reaches routes, and routes reach the registry.
"""

from importlib.metadata import entry_points

GROUP = "aftersales.modules"
KERNEL: tuple[str, ...] = (
    "aftersales.outbox.module",
    "aftersales.auth.module",
    "aftersales.files.module",
    "aftersales.search.module",
    "aftersales.imports.module",
    "aftersales.customers.module",
    "aftersales.products.module",
    "aftersales.policies.module",
    "aftersales.cases.module",
    "aftersales.promises.module",
    "aftersales.updates.module",
    "aftersales.voice.module",
    "aftersales.inbox.module",
    "aftersales.webhooks.module",
    "aftersales.privacy.module",
)


def own_packages() -> list[str]:
    """The packages whose log lines are ours: the kernel's and those of all installed modules. Loads none of them."""
    return ["aftersales", *sorted({point.module.partition(".")[0] for point in entry_points(group=GROUP)})]
