-- Deploy locker-server:sessions to pg
-- requires: students

BEGIN;

-- One row a refresh token. The rows with one family_id descend from one sign-in: that is a session.
CREATE TABLE auth_refresh_tokens (
    id                bigserial    PRIMARY KEY,
    student_id        varchar(20)  NOT NULL REFERENCES users (student_id) ON UPDATE CASCADE ON DELETE CASCADE,
    -- SHA-256 of the token. The token itself is 32 random bytes and is never stored.
    token_hash        bytea        NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
    -- The jti of the access token that was issued together with this refresh token: as long as this row is
    -- live, so is that access token. This look-up is what ends an access token at once, on every host.
    access_jti        uuid         NOT NULL UNIQUE,
    family_id         uuid         NOT NULL,
    family_started_at timestamptz  NOT NULL DEFAULT clock_timestamp(),
    family_expires_at timestamptz  NOT NULL,
    issued_at         timestamptz  NOT NULL DEFAULT clock_timestamp(),
    expires_at        timestamptz  NOT NULL,
    revoked_at        timestamptz,
    revoke_reason     text         CHECK (revoke_reason IN ('rotated', 'reused', 'logout', 'logout_all', 'changed', 'operator')),
    user_agent        varchar(120),
    -- The network only (/24 or /48), never the whole address.
    ip                varchar(45),
    CHECK ((revoked_at IS NULL) = (revoke_reason IS NULL))
);
CREATE INDEX idx_refresh_tokens_student ON auth_refresh_tokens (student_id);
CREATE INDEX idx_refresh_tokens_family ON auth_refresh_tokens (family_id) WHERE revoked_at IS NULL;
CREATE INDEX idx_refresh_tokens_expiry ON auth_refresh_tokens (expires_at);

GRANT SELECT (student_id, access_jti, revoked_at, expires_at) ON auth_refresh_tokens TO locker_app;

-- Failed sign-ins of one 학번 in the current window. No reference to users: a 학번 that nobody has is
-- braked in the same way, so that the answer does not tell whether it exists.
CREATE TABLE auth_failures (
    student_id        varchar(20) PRIMARY KEY,
    failures          int         NOT NULL,
    -- The window is fixed: it begins with its first failure and no later attempt prolongs it. So nobody can
    -- keep another student out for longer than one window at a time.
    window_started_at timestamptz NOT NULL
);

COMMIT;
