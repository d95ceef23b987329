"""Samplers: each module is one engine (or a part several share); see :class:`verirs.protocols.Engine`."""
