-- +goose Up
CREATE INDEX episodes_session ON episodes (session, place) WHERE session <> '';
CREATE INDEX episodes_env ON episodes (env, backend, place);
CREATE INDEX episodes_task ON episodes (task, place);

-- +goose Down
DROP INDEX episodes_task;
DROP INDEX episodes_env;
DROP INDEX episodes_session;
