# Run once by the entrypoint of the MySQL image, for a new volume: makes the user of API and workers, which may read and
# write rows and nothing else. The user that the image makes owns the tables; only `predictor migrate` has its password.
docker_process_sql <<SQL
CREATE USER '${SERVICE_USER}'@'%' IDENTIFIED BY '${SERVICE_PASSWORD}';
GRANT SELECT, INSERT, UPDATE, DELETE ON \`${MYSQL_DATABASE}\`.* TO '${SERVICE_USER}'@'%';
SQL
