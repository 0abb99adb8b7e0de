"""The asyncio shell around the SIP core: sockets in, sockets out."""
