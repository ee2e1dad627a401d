"""The use cases of warranty: entitlement (what is covered), claims (who decides), proofs and registrations."""
