-- Run once by the image of PostGIS, as the superuser, when the volume is empty: the two roles of the service.
-- Neither is a superuser: access rules bind only roles that are not. The owner makes the read-only role itself.
-- A failing statement shall not leave a password in the server's log.
SET log_min_error_statement = panic;
\set ON_ERROR_STOP on
\set owner_password `cat "${PHUSONG_SECRETS:-/run/secrets}/database_owner_password"`
\set app_password `cat "${PHUSONG_SECRETS:-/run/secrets}/database_app_password"`
CREATE ROLE phusong_owner LOGIN NOSUPERUSER NOCREATEDB CREATEROLE PASSWORD :'owner_password';
CREATE ROLE phusong_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'app_password';
ALTER DATABASE :"DBNAME" OWNER TO phusong_owner;
REVOKE ALL ON DATABASE :"DBNAME" FROM PUBLIC;
-- Before PostgreSQL 15 the schema belonged to the superuser and was open to all.
ALTER SCHEMA public OWNER TO phusong_owner;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
-- PostGIS is not a trusted extension: only the superuser may make it.
CREATE EXTENSION IF NOT EXISTS postgis;
