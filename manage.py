#!/usr/bin/env python
"""Maya's command line: `python manage.py help` lists what she can do."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "maya_site.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line
    from django.db.utils import InterfaceError, OperationalError

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f"Maya: {error}")
    except (InterfaceError, OperationalError) as error:
        from maya_site.core.database_failures import describe_failure

        sys.exit(f"Maya: the database cannot be used: {describe_failure(error)}. See DATABASE_URL.")


if __name__ == "__main__":
    main()
