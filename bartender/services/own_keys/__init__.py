"""Keys that guests bring for their own visit, sealed at rest. Nothing here ever shows one."""
