"""IAM: central root access, the token version, and OrganizationAccountAccessRole."""
