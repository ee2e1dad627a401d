"""The roles of the company. Modules add their permissions to these names in their own manifests."""

COORDINATOR = "coordinator"
TECHNICIAN = "technician"
SERVICE_ENGINEER = "service_engineer"
FINANCE = "finance"
MANAGER = "manager"
