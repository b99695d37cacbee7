-- Deploy locker-server:sessions to pg
-- requires: students

BEGIN;

-- One row a session: made by a sign-in, changed in place by each refresh, gone when it ends. So whoever is in the table is
-- signed in until expires_at, and nothing here grows with what a student has done before.
CREATE TABLE auth_sessions (
    session_id  uuid         PRIMARY KEY,
    student_id  varchar(20)  NOT NULL REFERENCES users (student_id) ON UPDATE CASCADE ON DELETE CASCADE,
    -- SHA-256 of the refresh token that is good. The token itself is 32 random bytes and is never stored.
    token_hash  bytea        NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
    -- The jti of the access token that was issued together with it: no other one of this session is good. This look-up is
    -- what ends an access token at once, on every host.
    access_jti  uuid         NOT NULL UNIQUE,
    started_at  timestamptz  NOT NULL,
    -- However often it is refreshed.
    ends_at     timestamptz  NOT NULL,
    -- The last sign-in or refresh.
    used_at     timestamptz  NOT NULL,
    -- The refresh token's own end, never after ends_at.
    expires_at  timestamptz  NOT NULL,
    user_agent  varchar(120),
    -- The network only (/24 or /48), never the whole address.
    ip          varchar(45)
);
CREATE INDEX idx_sessions_student ON auth_sessions (student_id);
-- For the sweeper.
CREATE INDEX idx_sessions_expiry ON auth_sessions (expires_at);

GRANT SELECT (student_id, access_jti, expires_at) ON auth_sessions TO locker_app;

-- The refresh tokens that a living session has spent: who presents one of them ends the session. The newest of each session
-- are kept (sql/sessions.sql says how many).
CREATE TABLE auth_spent_tokens (
    token_hash bytea       PRIMARY KEY,
    session_id uuid        NOT NULL REFERENCES auth_sessions ON DELETE CASCADE,
    spent_at   timestamptz NOT NULL
);
CREATE INDEX idx_spent_tokens_session ON auth_spent_tokens (session_id, spent_at);

-- Failed sign-ins of one 학번 in the current window. No reference to users: a 학번 that nobody has is
-- braked in the same way, so that the answer does not tell whether it exists.
CREATE TABLE auth_failures (
    student_id        varchar(20) PRIMARY KEY,
    failures          int         NOT NULL,
    -- The window is fixed: it begins with its first failure and no later attempt prolongs it. So nobody can
    -- keep another student out for longer than one window at a time.
    window_started_at timestamptz NOT NULL
);
CREATE INDEX idx_failures_window ON auth_failures (window_started_at);

COMMIT;
