"""The roles of the company. Modules add their permissions to these names in their own manifests."""

from aftersales.i18n import N_
from aftersales.module import Permission

COORDINATOR = "coordinator"
TECHNICIAN = "technician"
SERVICE_ENGINEER = "service_engineer"
FINANCE = "finance"
MANAGER = "manager"

CLIENTS = "api_client.manage"
STAFF = "staff.manage"

PERMISSIONS = (
    Permission(CLIENTS, N_("Let programs work by the API, and stop them")),
    Permission(STAFF, N_("Add colleagues and service centres, and say who may do what")),
)
