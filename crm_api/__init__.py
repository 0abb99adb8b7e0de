"""The process that owns the database: CRM, users, history, screen-pop."""
