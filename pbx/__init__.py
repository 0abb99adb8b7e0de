"""The process that owns every call: SIP, dialplan, ACD, call control."""
