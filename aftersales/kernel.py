"""The kernel's own manifests, in the order of its layers. They are always loaded.

Named, not imported: a manifest reaches routes, and routes reach the registry.
"""

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
    "aftersales.updates.module",
)
