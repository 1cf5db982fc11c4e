"""Code that lies in the database and is not Lotse's: it would change what is written, so verification looks for it.

Lotse's schema has neither triggers nor views nor rules, and on PostgreSQL two functions, made by migration 0004.
"""

FUNCTIONS = ("lotse_due", "lotse_tenants")
FOREIGN_CODE = f"""
SELECT (SELECT count(*) FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
         WHERE relnamespace = 'public'::regnamespace AND NOT tgisinternal)
     + (SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('v', 'm', 'f'))
     + (SELECT count(*) FROM pg_rewrite JOIN pg_class ON pg_class.oid = ev_class
         WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p'))
     + (SELECT count(*) FROM pg_event_trigger)
     + (SELECT count(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND proname NOT IN {FUNCTIONS})
"""  # noqa: S608 - of constants
"""How many triggers, views, foreign tables, rules and functions there are beside Lotse's own."""
