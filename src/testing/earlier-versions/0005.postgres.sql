SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;
CREATE FUNCTION public.touchtone_from_json(entry text, path text[]) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    AS $$
      begin
        return entry::pg_catalog.json #>> path;
      exception when data_exception then
        return null;
      end $$;
SET default_tablespace = '';
SET default_table_access_method = heap;
CREATE TABLE public.access_number (
    number text NOT NULL COLLATE pg_catalog."C",
    dial_plan_id text NOT NULL COLLATE pg_catalog."C",
    "position" integer NOT NULL
);
CREATE TABLE public.access_token (
    id text NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL COLLATE pg_catalog."C",
    role text NOT NULL COLLATE pg_catalog."C",
    token_hash text NOT NULL COLLATE pg_catalog."C",
    created_at bigint NOT NULL,
    created_by text NOT NULL COLLATE pg_catalog."C",
    expires_at bigint,
    last_used_at bigint,
    CONSTRAINT access_token_role_check CHECK ((role = ANY (ARRAY['organization-management'::text, 'um-management'::text, 'help-desk'::text, 'view-only'::text])))
);
CREATE TABLE public.audit_head (
    id integer NOT NULL,
    sequence bigint NOT NULL,
    key_id text NOT NULL COLLATE pg_catalog."C",
    mac text NOT NULL COLLATE pg_catalog."C",
    CONSTRAINT audit_head_id_check CHECK ((id = 1))
);
CREATE TABLE public.audit_record (
    sequence bigint NOT NULL,
    at bigint NOT NULL,
    entry text NOT NULL COLLATE pg_catalog."C",
    mailbox_id text COLLATE pg_catalog."C",
    key_id text NOT NULL COLLATE pg_catalog."C",
    mac text NOT NULL COLLATE pg_catalog."C",
    action text GENERATED ALWAYS AS (public.touchtone_from_json(entry, '{action}'::text[])) STORED COLLATE pg_catalog."C",
    outcome text GENERATED ALWAYS AS (public.touchtone_from_json(entry, '{outcome}'::text[])) STORED COLLATE pg_catalog."C",
    actor_name text GENERATED ALWAYS AS (public.touchtone_from_json(entry, '{actor,name}'::text[])) STORED COLLATE pg_catalog."C"
);
CREATE TABLE public.credential (
    id text NOT NULL COLLATE pg_catalog."C",
    mailbox_id text COLLATE pg_catalog."C",
    pin_hash text NOT NULL COLLATE pg_catalog."C",
    pin_key_id text NOT NULL COLLATE pg_catalog."C",
    version integer NOT NULL,
    revision integer NOT NULL,
    elsewhere_failures integer NOT NULL,
    elsewhere_settled integer NOT NULL,
    own_failures integer NOT NULL,
    own_settled integer NOT NULL,
    attempt_id text COLLATE pg_catalog."C",
    attempt_line text COLLATE pg_catalog."C",
    attempt_opened_at bigint,
    lock_reason text COLLATE pg_catalog."C",
    lock_scope text COLLATE pg_catalog."C",
    locked_at bigint,
    failures_since_success integer NOT NULL,
    last_failure_at bigint,
    last_success_at bigint,
    pin_set_at bigint NOT NULL,
    pin_expired integer NOT NULL,
    first_time integer NOT NULL,
    first_change_waived integer NOT NULL,
    CONSTRAINT credential_attempt CHECK ((((attempt_id IS NULL) = (attempt_line IS NULL)) AND ((attempt_id IS NULL) = (attempt_opened_at IS NULL)))),
    CONSTRAINT credential_lock CHECK ((((lock_reason IS NULL) = (lock_scope IS NULL)) AND ((lock_reason IS NULL) = (locked_at IS NULL)))),
    CONSTRAINT new_credential_attempt_line_check CHECK ((attempt_line = ANY (ARRAY['own'::text, 'elsewhere'::text]))),
    CONSTRAINT new_credential_first_change_waived_check CHECK ((first_change_waived = ANY (ARRAY[0, 1]))),
    CONSTRAINT new_credential_first_time_check CHECK ((first_time = ANY (ARRAY[0, 1]))),
    CONSTRAINT new_credential_lock_reason_check CHECK ((lock_reason = ANY (ARRAY['failures'::text, 'administrator'::text]))),
    CONSTRAINT new_credential_lock_scope_check CHECK ((lock_scope = ANY (ARRAY['elsewhere'::text, 'everywhere'::text]))),
    CONSTRAINT new_credential_pin_expired_check CHECK ((pin_expired = ANY (ARRAY[0, 1])))
);
CREATE TABLE public.dial_plan (
    id text NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL COLLATE pg_catalog."C",
    extension_digits integer NOT NULL,
    logon_failures_before_disconnect integer NOT NULL,
    input_failures_before_disconnect integer NOT NULL,
    max_call_duration integer NOT NULL,
    default_language text NOT NULL COLLATE pg_catalog."C",
    max_recording_duration integer DEFAULT 20 NOT NULL,
    recording_idle_timeout integer DEFAULT 5 NOT NULL,
    operator_extension text COLLATE pg_catalog."C",
    revision integer DEFAULT 1 NOT NULL,
    voip_security text DEFAULT 'unsecured'::text NOT NULL,
    CONSTRAINT dial_plan_voip_security_check CHECK ((voip_security = ANY (ARRAY['unsecured'::text, 'sip-secured'::text, 'secured'::text])))
);
CREATE TABLE public.idempotency_key (
    requester text NOT NULL COLLATE pg_catalog."C",
    key text NOT NULL COLLATE pg_catalog."C",
    digest text NOT NULL COLLATE pg_catalog."C",
    put_at bigint NOT NULL,
    attempt text COLLATE pg_catalog."C",
    until bigint,
    answer text COLLATE pg_catalog."C",
    CONSTRAINT idempotency_key_answer CHECK (((attempt IS NULL) OR (answer IS NULL))),
    CONSTRAINT idempotency_key_attempt CHECK (((attempt IS NULL) = (until IS NULL)))
);
CREATE TABLE public.kysely_migration (
    name character varying(255) NOT NULL,
    "timestamp" character varying(255) NOT NULL
);
CREATE TABLE public.kysely_migration_lock (
    id character varying(255) NOT NULL,
    is_locked integer DEFAULT 0 NOT NULL
);
CREATE TABLE public.mailbox (
    id text NOT NULL COLLATE pg_catalog."C",
    dial_plan_id text NOT NULL COLLATE pg_catalog."C",
    policy_id text NOT NULL COLLATE pg_catalog."C",
    address text NOT NULL COLLATE pg_catalog."C",
    display_name text NOT NULL COLLATE pg_catalog."C",
    language text NOT NULL COLLATE pg_catalog."C",
    subscriber_access integer NOT NULL,
    alias text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    time_zone text DEFAULT 'Etc/UTC'::text NOT NULL COLLATE pg_catalog."C",
    clock text DEFAULT '12-hour'::text NOT NULL COLLATE pg_catalog."C",
    pinless_access integer DEFAULT 0 NOT NULL,
    revision integer DEFAULT 1 NOT NULL,
    search_text text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    CONSTRAINT mailbox_clock_check CHECK ((clock = ANY (ARRAY['12-hour'::text, '24-hour'::text]))),
    CONSTRAINT mailbox_pinless_access_check CHECK ((pinless_access = ANY (ARRAY[0, 1]))),
    CONSTRAINT mailbox_subscriber_access_check CHECK ((subscriber_access = ANY (ARRAY[0, 1])))
);
CREATE TABLE public.mailbox_extension (
    dial_plan_id text NOT NULL COLLATE pg_catalog."C",
    number text NOT NULL COLLATE pg_catalog."C",
    mailbox_id text NOT NULL COLLATE pg_catalog."C",
    "position" integer NOT NULL
);
CREATE TABLE public.mailbox_policy (
    id text NOT NULL COLLATE pg_catalog."C",
    dial_plan_id text NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL COLLATE pg_catalog."C",
    min_pin_length integer NOT NULL,
    pin_history_count integer NOT NULL,
    allow_common_patterns integer NOT NULL,
    allow_subscriber_access integer NOT NULL,
    pin_lifetime integer DEFAULT 60,
    logon_failures_before_pin_reset integer DEFAULT 5,
    max_logon_attempts integer DEFAULT 15 NOT NULL,
    lockout_duration integer,
    owner_line integer DEFAULT 1 NOT NULL,
    reset_pin_text text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    um_enabled_text text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    voice_mail_text text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    max_greeting_duration integer DEFAULT 5 NOT NULL,
    allow_pinless_voice_mail_access integer DEFAULT 0 NOT NULL,
    revision integer DEFAULT 1 NOT NULL,
    CONSTRAINT mailbox_policy_allow_common_patterns_check CHECK ((allow_common_patterns = ANY (ARRAY[0, 1]))),
    CONSTRAINT mailbox_policy_allow_pinless_voice_mail_access_check CHECK ((allow_pinless_voice_mail_access = ANY (ARRAY[0, 1]))),
    CONSTRAINT mailbox_policy_allow_subscriber_access_check CHECK ((allow_subscriber_access = ANY (ARRAY[0, 1]))),
    CONSTRAINT mailbox_policy_owner_line_check CHECK ((owner_line = ANY (ARRAY[0, 1])))
);
CREATE TABLE public.outbox (
    id text NOT NULL COLLATE pg_catalog."C",
    sequence bigint NOT NULL,
    mailbox_id text NOT NULL COLLATE pg_catalog."C",
    kind text NOT NULL COLLATE pg_catalog."C",
    letter text NOT NULL COLLATE pg_catalog."C",
    sealed_pin text COLLATE pg_catalog."C",
    sealed_pin_key_id text COLLATE pg_catalog."C",
    queued_at bigint NOT NULL,
    state text NOT NULL COLLATE pg_catalog."C",
    attempts integer NOT NULL,
    next_attempt_at bigint NOT NULL,
    settled_at bigint,
    last_error text COLLATE pg_catalog."C",
    CONSTRAINT outbox_pin CHECK (((sealed_pin IS NULL) = (sealed_pin_key_id IS NULL))),
    CONSTRAINT outbox_pin_erased CHECK (((sealed_pin IS NULL) OR (state = ANY (ARRAY['waiting'::text, 'refused'::text])))),
    CONSTRAINT outbox_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'delivered'::text, 'superseded'::text, 'refused'::text, 'expired'::text])))
);
CREATE TABLE public.pin_history (
    credential_id text NOT NULL COLLATE pg_catalog."C",
    sequence integer NOT NULL,
    pin_hash text NOT NULL COLLATE pg_catalog."C",
    pin_key_id text NOT NULL COLLATE pg_catalog."C",
    set_at bigint NOT NULL
);
CREATE TABLE public.pin_history_refusal (
    credential_id text NOT NULL COLLATE pg_catalog."C",
    refused_at bigint NOT NULL
);
CREATE TABLE public.pin_key (
    id text NOT NULL COLLATE pg_catalog."C",
    check_value text NOT NULL COLLATE pg_catalog."C"
);
CREATE TABLE public.registered_number (
    dial_plan_id text NOT NULL COLLATE pg_catalog."C",
    number text NOT NULL COLLATE pg_catalog."C",
    mailbox_id text NOT NULL COLLATE pg_catalog."C",
    "position" integer NOT NULL
);
CREATE TABLE public.source_failure (
    source text NOT NULL COLLATE pg_catalog."C",
    minute integer NOT NULL,
    failures integer NOT NULL
);
INSERT INTO public.access_number VALUES ('5000', '75f76d4c-21bb-41e5-83df-cbcbc5834f80', 0);
INSERT INTO public.access_token VALUES ('bdfbe364-0cb1-4cf8-9571-22a344fea28c', 'first-token', 'organization-management', '_1sVAdDBV3pTil25biv79QfjoPul49r6F5Z6TDSMtZM', 1795872895832, 'system', NULL, NULL);
INSERT INTO public.access_token VALUES ('7c4e8bbe-5a1e-425c-b32c-a7ba0b56ee53', 'nightly', 'help-desk', 'boxUdjvChqS_fWDxAFT_km0lg0DjqEJi2xPaBcRHyZ8', 1795872903972, 'ann', NULL, NULL);
INSERT INTO public.audit_head VALUES (1, 19, 'y-XC-Wo0', 'tArVsgMMnPLQKmTQ3iBC7YswubMUTT5V59u8fM+SCU8=');
INSERT INTO public.audit_record VALUES (1, 1795872895836, '{"action":"token-created","actor":{"kind":"system"},"details":{"expiresAt":null,"name":"first-token","role":"organization-management","tokenId":"bdfbe364-0cb1-4cf8-9571-22a344fea28c"},"outcome":"done","source":{"kind":"service"}}', NULL, 'y-XC-Wo0', 'eT/UhZaQ+gZo1Dq+dfnEG1M+mszloZieLTyK4YaOyqY=', DEFAULT, DEFAULT, DEFAULT);
INSERT INTO public.audit_record VALUES (2, 1795872897165, '{"action":"dial-plan-created","actor":{"kind":"system"},"details":{"accessNumbers":"5000","defaultLanguage":"en-US","dialPlanId":"75f76d4c-21bb-41e5-83df-cbcbc5834f80","extensionDigits":5,"inputFailuresBeforeDisconnect":3,"logonFailuresBeforeDisconnect":3,"maxCallDuration":30,"maxRecordingDuration":20,"name":"Demonstration","operatorExtension":null,"recordingIdleTimeout":5,"voipSecurity":"unsecured"},"outcome":"done","source":{"kind":"service"}}', NULL, 'y-XC-Wo0', 'xU0Kul7S8UIfWtSs0OvO5APyutjOx2OSmg5RxzSSGLk=', DEFAULT, DEFAULT, DEFAULT);
INSERT INTO public.audit_record VALUES (3, 1795872897165, '{"action":"policy-created","actor":{"kind":"system"},"details":{"allowCommonPatterns":false,"allowPinlessVoiceMailAccess":false,"allowSubscriberAccess":true,"dialPlanId":"75f76d4c-21bb-41e5-83df-cbcbc5834f80","lockoutDuration":"unlimited","logonFailuresBeforePinReset":5,"maxGreetingDuration":5,"maxLogonAttempts":15,"minPinLength":6,"name":"Demonstration Default Policy","ownerLine":true,"pinHistoryCount":5,"pinLifetime":60,"policyId":"1ea46284-897f-468e-bce7-5d751fc32039","resetPinText":"","umEnabledText":"","voiceMailText":""},"outcome":"done","source":{"kind":"service"}}', NULL, 'y-XC-Wo0', 'OQ/rrLsAYfyryI4AAChCIPuuH8PxEpCwrv0x1RfEJrg=', DEFAULT, DEFAULT, DEFAULT);
INSERT INTO public.audit_record VALUES (4, 1795872897283, '{"action":"mailbox-enabled","actor":{"kind":"system"},"details":{"address":"tonysmith@contoso.com","alias":"tonysmith","clock":"12-hour","dialPlanId":"75f76d4c-21bb-41e5-83df-cbcbc5834f80","displayName":"Tony Smith","extensions":"51234","language":"en-US","pinExpired":true,"pinIsGenerated":true,"pinMailedTo":"user","pinlessAccess":false,"policyId":"1ea46284-897f-468e-bce7-5d751fc32039","registeredNumbers":"","subscriberAccess":true,"timeZone":"UTC"},"mailboxId":"7ef826c8-c5f5-4313-8303-c9f000e5d68d","outcome":"done","source":{"kind":"service"}}', '7ef826c8-c5f5-4313-8303-c9f000e5d68d', 'y-XC-Wo0', 'rXAOz1f3NXNTkeWVG45YttGlq/uv80J0/7K7ILXI+UA=', DEFAULT, DEFAULT, DEFAULT);
INSERT INTO public.audit_record VALUES (5, 1795872900252, '{"action":"policy-created","actor":{"kind":"administrator","name":"ann"},"details":{"allowCommonPatterns":false,"allowPinlessVoiceMailAccess":false,"allowSubscriberAccess":true,"dialPlanId":"75f76d4c-21bb-41e5-83df-cbcbc5834f80","lockoutDuration":"unlimited","logonFailuresBeforePinReset":"unlimited","maxGreetingDuration":5,"maxLogonAttempts":2,"minPinLength":6,"name":"Strict","ownerLine":true,"pinHistoryCount":5,"pinLifetime":60,"policyId":"4e6a8035-412b-4756-bedc-d65f5dd67b2e","resetPinText":"","umEnabledText":"","voiceMailText":""},"outcome":"done","source":{"address":"192.0.2.1","kind":"http"}}', NULL, 'y-XC-Wo0', 'Q4BNKZCeiIh/Opfcpb8bVx+Rd2M6XiIEm0cNNfFECD0=', DEFAULT, DEFAULT, DEFAULT);
INSERT INTO public.audit_record VALUES (6, 1795872900444, '{"action":"mailbox-enabled","actor":{"kind":"administrator","name":"ann"},"details":{"address":"anna@contoso.com","alias":"anna","clock":"12-hour","dialPlanId":"75f76d4c-21bb-41e5-83df-cbcbc5834f80","displayName":"anna","extensions":"52000","language":"en-US","pinExpired":false,"pinIsGenerated":false,"pinMailedTo":"nobody","pinlessAccess":false,"policyId":"1ea46284-897f-468e-bce7-5d751fc32039","registeredNumbers":"","subscriberAccess":true,"timeZone":"UTC"},"mailboxId":"b3807fcf-f84a-4106-9efd-1cc1d9d984ec","outcome":"done","source":{"address":"192.0.2.1","kind":"http"}}', 'b3807fcf-f84a-4106-9efd-1cc1d9d984ec', 'y-XC-Wo0', 'I/fuYnemlnTZs07oy6JKyFo92maIcwraWv1umYIFNHo=', DEFAULT, DEFAULT, DEFAULT);
INSERT INTO public.audit_record VALUES (7, 1795872900739, '{"action":"mailbox-enabled","actor":{"kind":"administrator","name":"ann"},"details":{"address":"ben@contoso.com","alias":"ben","clock":"12-hour","dialPlanId":"75f76d4c-21bb-41e5-83df-cbcbc5834f80","displayName":"ben","extensions":"52001","language":"en-US","pinExpired":false,"pinIsGenerated":false,"pinMailedTo":"nobody","pinlessAccess":false,"policyId":"4e6a8035-412b-4756-bedc-d65f5dd67b2e","registeredNumbers":"","subscriberAccess":true,"timeZone":"UTC"},"mailboxId":"86a78845-3c44-4e49-9273-b35f2690a0d1","outcome":"done","source":{"address":"192.0.2.1","kind":"http"}}', '86a78845-3c44-4e49-9273-b35f2690a0d1', 'y-XC-Wo0', 'BImjt3KLMZq2FhynmtoWByx4Y/L/w7h24wtzLo4ugZM=', DEFAULT, DEFAULT, DEFAULT);
INSERT INTO public.audit_record VALUES (8, 1795872901104, '{"action":"mailbox-enabled","actor":{"kind":"administrator","name":"ann"},"details":{"address":"carol@contoso.com","alias":"carol","clock":"12-hour","dialPlanId":"75f76d4c-21bb-41e5-83df-cbcbc5834f80","displayName":"carol","extensions":"52002","language":"en-US","pinExpired":false,"pinIsGenerated":false,"pinMailedTo":"nobody","pinlessAccess":false,"policyId":"1ea46284-897f-468e-bce7-5d751fc32039","registeredNumbers":"","subscriberAccess":true,"timeZone":"UTC"},"mailboxId":"d4d7814a-9220-41be-8198-a406f98b4838","outcome":"done","source":{"address":"192.0.2.1","kind":"http"}}', 'd4d7814a-9220-41be-8198-a406f98b4838', 'y-XC-Wo0', 'Dfd0D5bPWyIMPwQpQmvaElQgkte8Y9G1wMlClgLgWME=', DEFAULT, DEFAULT, DEFAULT);
INSERT INTO public.audit_record VALUES (9, 1795872901680, '{"action":"mailbox-enabled","actor":{"kind":"administrator","name":"ann"},"details":{"address":"dave@contoso.com","alias":"dave","clock":"12-hour","dialPlanId":"75f76d4c-21bb-41e5-83df-cbcbc5834f80","displayName":"dave","extensions":"52003","language":"en-US","pinExpired":false,"pinIsGenerated":false,"pinMailedTo":"nobody","pinlessAccess":false,"policyId":"1ea46284-897f-468e-bce7-5d751fc32039","registeredNumbers":"","subscriberAccess":true,"timeZone":"UTC"},"mailboxId":"e2aa115b-f00f-4eed-8100-376e54c66fdc","outcome":"done","source":{"address":"192.0.2.1","kind":"http"}}', 'e2aa115b-f00f-4eed-8100-376e54c66fdc', 'y-XC-Wo0', 'uyj3xISwFCYzr3NMAMBboEPF6XhIRA9BQ6lc3xWv+dU=', DEFAULT, DEFAULT, DEFAULT);
INSERT INTO public.audit_record VALUES (10, 1795872902033, '{"action":"sign-in","actor":{"kind":"user"},"mailboxId":"b3807fcf-f84a-4106-9efd-1cc1d9d984ec","outcome":"signed-in","source":{"callId":"call-1","kind":"call","peer":"198.51.100.7"}}', 'b3807fcf-f84a-4106-9efd-1cc1d9d984ec', 'y-XC-Wo0', 'VX8p91cxd9+CTAgM4Q8e2Bxba1uoTiCBkVK7PUgGNAY=', DEFAULT, DEFAULT, DEFAULT);
INSERT INTO public.audit_record VALUES (11, 1795872902255, '{"action":"sign-in","actor":{"kind":"caller"},"mailboxId":"b3807fcf-f84a-4106-9efd-1cc1d9d984ec","outcome":"failed","reason":"wrong-pin","source":{"callId":"call-1","kind":"call","peer":"198.51.100.7"}}', 'b3807fcf-f84a-4106-9efd-1cc1d9d984ec', 'y-XC-Wo0', '0SQvvkf4NzGD5Y3UeZvuPFDkEYN7PhRSXMzQI1gb6Nw=', DEFAULT, DEFAULT, DEFAULT);
INSERT INTO public.audit_record VALUES (12, 1795872902691, '{"action":"sign-in","actor":{"kind":"caller"},"mailboxId":"b3807fcf-f84a-4106-9efd-1cc1d9d984ec","outcome":"failed","reason":"wrong-pin","source":{"callId":"call-1","kind":"call","peer":"198.51.100.7"}}', 'b3807fcf-f84a-4106-9efd-1cc1d9d984ec', 'y-XC-Wo0', '1PeEZ+rZqwQNb+v0fhLG6dLORwd3DJZ5ChHYDDAaD9I=', DEFAULT, DEFAULT, DEFAULT);
INSERT INTO public.audit_record VALUES (13, 1795872903036, '{"action":"sign-in","actor":{"kind":"caller"},"mailboxId":"86a78845-3c44-4e49-9273-b35f2690a0d1","outcome":"failed","reason":"wrong-pin","source":{"callId":"call-1","kind":"call","peer":"198.51.100.7"}}', '86a78845-3c44-4e49-9273-b35f2690a0d1', 'y-XC-Wo0', '0Qo6yRcep3Qzbdk/j2brk5kvPkDHmf9Sf2yHUSQ2nkQ=', DEFAULT, DEFAULT, DEFAULT);
INSERT INTO public.audit_record VALUES (14, 1795872903213, '{"action":"lock","actor":{"kind":"system"},"details":{"failures":2,"line":"elsewhere","mail":"3a1dd052-691a-4b67-86f3-30cd464661a2","scope":"elsewhere"},"mailboxId":"86a78845-3c44-4e49-9273-b35f2690a0d1","outcome":"done","reason":"failed-sign-ins","source":{"callId":"call-1","kind":"call","peer":"198.51.100.7"}}', '86a78845-3c44-4e49-9273-b35f2690a0d1', 'y-XC-Wo0', 'FWCc1sO8Xba8EcGzjO62bS7iGWmh/kotEY4+xwW08RE=', DEFAULT, DEFAULT, DEFAULT);
INSERT INTO public.audit_record VALUES (15, 1795872903213, '{"action":"sign-in","actor":{"kind":"caller"},"mailboxId":"86a78845-3c44-4e49-9273-b35f2690a0d1","outcome":"failed","reason":"wrong-pin","source":{"callId":"call-1","kind":"call","peer":"198.51.100.7"}}', '86a78845-3c44-4e49-9273-b35f2690a0d1', 'y-XC-Wo0', 'hUVtIYMknXtWhhQDIDGyRfcQT54npcKErlk9ZC/1PtY=', DEFAULT, DEFAULT, DEFAULT);
INSERT INTO public.audit_record VALUES (16, 1795872903358, '{"action":"lock","actor":{"kind":"administrator","name":"ann"},"details":{"failures":0,"lockBefore":null,"ownLineFailures":0},"mailboxId":"d4d7814a-9220-41be-8198-a406f98b4838","outcome":"done","reason":"on-request","source":{"address":"192.0.2.1","kind":"http"}}', 'd4d7814a-9220-41be-8198-a406f98b4838', 'y-XC-Wo0', 'jbF0F4A6i8aVJhoSYxlAXqsh0Gk1lDH2zUxeOn9H6uE=', DEFAULT, DEFAULT, DEFAULT);
INSERT INTO public.audit_record VALUES (17, 1795872903808, '{"action":"pin-reset","actor":{"kind":"administrator","name":"ann"},"details":{"lockedOut":false,"mails":"032f5723-4cdc-499f-aa5e-88b1601e5f02","pinExpired":true,"pinIsGenerated":false,"pinMailedTo":"user","wasLockedOut":false},"mailboxId":"e2aa115b-f00f-4eed-8100-376e54c66fdc","outcome":"done","reason":"on-request","source":{"address":"192.0.2.1","kind":"http"}}', 'e2aa115b-f00f-4eed-8100-376e54c66fdc', 'y-XC-Wo0', 'hWfpCQarKPJcWwrs1Q4e/tDxFcFb1ynEXjHusGQTxMo=', DEFAULT, DEFAULT, DEFAULT);
INSERT INTO public.audit_record VALUES (18, 1795872903980, '{"action":"token-created","actor":{"kind":"administrator","name":"ann"},"details":{"expiresAt":null,"name":"nightly","role":"help-desk","tokenId":"7c4e8bbe-5a1e-425c-b32c-a7ba0b56ee53"},"outcome":"done","source":{"address":"192.0.2.1","kind":"http"}}', NULL, 'y-XC-Wo0', 'v61ZppFr8CP4vvQzYmQcO0SePVvZdXyW4IyFI4kEnQg=', DEFAULT, DEFAULT, DEFAULT);
INSERT INTO public.audit_record VALUES (19, 1795872909820, '{"action":"sign-in","actor":{"kind":"user"},"mailboxId":"b3807fcf-f84a-4106-9efd-1cc1d9d984ec","outcome":"signed-in","source":{"callId":"2df7f20d-5318-40c3-9254-061c7f35bcfa","kind":"call","peer":"127.0.0.1"}}', 'b3807fcf-f84a-4106-9efd-1cc1d9d984ec', 'y-XC-Wo0', 'tArVsgMMnPLQKmTQ3iBC7YswubMUTT5V59u8fM+SCU8=', DEFAULT, DEFAULT, DEFAULT);
INSERT INTO public.credential VALUES ('decoy-000', NULL, '$argon2id$v=19$m=28672,t=2,p=1$FFS8WFAsl8Cy91qmDJHDAA$muEhie4fSNyPny4nVYmffNG39vURjqnSvBa1rVdxxvU', 'y-XC-Wo0', 1, 1, 0, 0, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, 1795872895147, 0, 1, 0);
INSERT INTO public.credential VALUES ('decoy-001', NULL, '$argon2id$v=19$m=28672,t=2,p=1$FFS8WFAsl8Cy91qmDJHDAA$muEhie4fSNyPny4nVYmffNG39vURjqnSvBa1rVdxxvU', 'y-XC-Wo0', 1, 1, 0, 0, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, 1795872895147, 0, 1, 0);
INSERT INTO public.credential VALUES ('26cacc83-ea83-4c65-9215-d9de73a1b5e3', '7ef826c8-c5f5-4313-8303-c9f000e5d68d', '$argon2id$v=19$m=28672,t=2,p=1$+zQl6ttmX/5qkgvv666eOw$5HtZxf3DCINTqif4zg4ZKAaMUv40OTHd+t34KaYloh4', 'y-XC-Wo0', 1, 1, 0, 0, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, 1795872897283, 1, 1, 0);
INSERT INTO public.credential VALUES ('cd0f8fed-ba27-4d7d-91b4-6f3a1e712099', 'd4d7814a-9220-41be-8198-a406f98b4838', '$argon2id$v=19$m=28672,t=2,p=1$csOUtEb8qq6pkklodfhdpw$QIvAwfjP+UITUYz1Xqr/Zk7LAB+P2N9ScvyUFJHIeJ4', 'y-XC-Wo0', 2, 2, 0, 0, 0, 0, NULL, NULL, NULL, 'administrator', 'everywhere', 1795872903358, 0, NULL, NULL, 1795872901104, 0, 1, 1);
INSERT INTO public.credential VALUES ('44ac10e2-5af8-4aef-b065-ee0a92996cf2', 'b3807fcf-f84a-4106-9efd-1cc1d9d984ec', '$argon2id$v=19$m=28672,t=2,p=1$hdLtcbU0oJar1DLsA7wzjQ$QxWqPtDAaV56of/d4OLhNl9aXkO4y7gVfpqCFTgnzfM', 'y-XC-Wo0', 1, 9, 0, 0, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL, 0, 1795872902691, 1795872909820, 1795872900444, 0, 0, 1);
INSERT INTO public.credential VALUES ('1f7a05a6-7db9-41e6-a4fa-d41bbcbfa0d9', '86a78845-3c44-4e49-9273-b35f2690a0d1', '$argon2id$v=19$m=28672,t=2,p=1$kk2TAfpCiM0FXqM9QsKXuQ$9upfcq17dcNf9HMnKASA86lw7rOzE7CjIcJB8VnABHI', 'y-XC-Wo0', 2, 5, 2, 2, 0, 0, NULL, NULL, NULL, 'failures', 'elsewhere', 1795872903213, 2, 1795872903181, NULL, 1795872900739, 0, 1, 1);
INSERT INTO public.credential VALUES ('1ddac7c9-0a07-44c3-bd61-ae1749884f1d', 'e2aa115b-f00f-4eed-8100-376e54c66fdc', '$argon2id$v=19$m=28672,t=2,p=1$2dutwU+N4eFk+avkVOwoOA$uaJjPU7QnjymCY4S9797UxGXDP+Lrcd/xAe2fcGw8tc', 'y-XC-Wo0', 2, 2, 0, 0, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, 1795872903808, 1, 1, 0);
INSERT INTO public.dial_plan VALUES ('75f76d4c-21bb-41e5-83df-cbcbc5834f80', 'Demonstration', 5, 3, 3, 30, 'en-US', 20, 5, NULL, 1, 'unsecured');
INSERT INTO public.kysely_migration VALUES ('0001-directory', '2026-11-28T13:34:53.919Z');
INSERT INTO public.kysely_migration VALUES ('0002-pin-security', '2026-11-28T13:34:54.684Z');
INSERT INTO public.kysely_migration VALUES ('0003-administration', '2026-11-28T13:34:54.861Z');
INSERT INTO public.kysely_migration VALUES ('0004-access', '2026-11-28T13:34:54.888Z');
INSERT INTO public.kysely_migration VALUES ('0005-voip-security', '2026-11-28T13:34:54.894Z');
INSERT INTO public.kysely_migration_lock VALUES ('migration_lock', 0);
INSERT INTO public.mailbox VALUES ('7ef826c8-c5f5-4313-8303-c9f000e5d68d', '75f76d4c-21bb-41e5-83df-cbcbc5834f80', '1ea46284-897f-468e-bce7-5d751fc32039', 'tonysmith@contoso.com', 'Tony Smith', 'en-US', 1, 'tonysmith', 'UTC', '12-hour', 0, 1, 'tony smith
tonysmith@contoso.com
tonysmith');
INSERT INTO public.mailbox VALUES ('b3807fcf-f84a-4106-9efd-1cc1d9d984ec', '75f76d4c-21bb-41e5-83df-cbcbc5834f80', '1ea46284-897f-468e-bce7-5d751fc32039', 'anna@contoso.com', 'anna', 'en-US', 1, 'anna', 'UTC', '12-hour', 0, 1, 'anna
anna@contoso.com
anna');
INSERT INTO public.mailbox VALUES ('86a78845-3c44-4e49-9273-b35f2690a0d1', '75f76d4c-21bb-41e5-83df-cbcbc5834f80', '4e6a8035-412b-4756-bedc-d65f5dd67b2e', 'ben@contoso.com', 'ben', 'en-US', 1, 'ben', 'UTC', '12-hour', 0, 1, 'ben
ben@contoso.com
ben');
INSERT INTO public.mailbox VALUES ('d4d7814a-9220-41be-8198-a406f98b4838', '75f76d4c-21bb-41e5-83df-cbcbc5834f80', '1ea46284-897f-468e-bce7-5d751fc32039', 'carol@contoso.com', 'carol', 'en-US', 1, 'carol', 'UTC', '12-hour', 0, 1, 'carol
carol@contoso.com
carol');
INSERT INTO public.mailbox VALUES ('e2aa115b-f00f-4eed-8100-376e54c66fdc', '75f76d4c-21bb-41e5-83df-cbcbc5834f80', '1ea46284-897f-468e-bce7-5d751fc32039', 'dave@contoso.com', 'dave', 'en-US', 1, 'dave', 'UTC', '12-hour', 0, 1, 'dave
dave@contoso.com
dave');
INSERT INTO public.mailbox_extension VALUES ('75f76d4c-21bb-41e5-83df-cbcbc5834f80', '51234', '7ef826c8-c5f5-4313-8303-c9f000e5d68d', 0);
INSERT INTO public.mailbox_extension VALUES ('75f76d4c-21bb-41e5-83df-cbcbc5834f80', '52000', 'b3807fcf-f84a-4106-9efd-1cc1d9d984ec', 0);
INSERT INTO public.mailbox_extension VALUES ('75f76d4c-21bb-41e5-83df-cbcbc5834f80', '52001', '86a78845-3c44-4e49-9273-b35f2690a0d1', 0);
INSERT INTO public.mailbox_extension VALUES ('75f76d4c-21bb-41e5-83df-cbcbc5834f80', '52002', 'd4d7814a-9220-41be-8198-a406f98b4838', 0);
INSERT INTO public.mailbox_extension VALUES ('75f76d4c-21bb-41e5-83df-cbcbc5834f80', '52003', 'e2aa115b-f00f-4eed-8100-376e54c66fdc', 0);
INSERT INTO public.mailbox_policy VALUES ('1ea46284-897f-468e-bce7-5d751fc32039', '75f76d4c-21bb-41e5-83df-cbcbc5834f80', 'Demonstration Default Policy', 6, 5, 0, 1, 60, 5, 15, NULL, 1, '', '', '', 5, 0, 1);
INSERT INTO public.mailbox_policy VALUES ('4e6a8035-412b-4756-bedc-d65f5dd67b2e', '75f76d4c-21bb-41e5-83df-cbcbc5834f80', 'Strict', 6, 5, 0, 1, 60, NULL, 2, NULL, 1, '', '', '', 5, 0, 1);
INSERT INTO public.outbox VALUES ('e0fdd8a2-44fc-44d3-b10a-fa94150ed37d', 1, '7ef826c8-c5f5-4313-8303-c9f000e5d68d', 'um-enabled', '{"mailboxId":"7ef826c8-c5f5-4313-8303-c9f000e5d68d","address":"tonysmith@contoso.com","displayName":"Tony Smith","language":"en-US","extension":"51234","accessNumbers":["5000"],"policyText":"","kind":"um-enabled","mustChange":true}', 'Jk+RdxNdMtoPvA/0hGf1T0M7EeHwroKzPGwANmtZIHx0aqoqAuXTJz4/gdKH/0bWIJJg6A==', 'y-XC-Wo0', 1795872897283, 'waiting', 1, 1795872924330, NULL, 'The connection to the mail server failed: ECONNREFUSED');
INSERT INTO public.outbox VALUES ('3a1dd052-691a-4b67-86f3-30cd464661a2', 2, '86a78845-3c44-4e49-9273-b35f2690a0d1', 'lockout', '{"mailboxId":"86a78845-3c44-4e49-9273-b35f2690a0d1","address":"ben@contoso.com","displayName":"ben","language":"en-US","extension":"52001","accessNumbers":["5000"],"kind":"lockout","failures":2,"lockedAt":1795872903213,"ownLineOpen":true,"timeZone":"UTC","clock":"12-hour"}', NULL, NULL, 1795872903213, 'waiting', 1, 1795872929281, NULL, 'The connection to the mail server failed: ECONNREFUSED');
INSERT INTO public.outbox VALUES ('032f5723-4cdc-499f-aa5e-88b1601e5f02', 3, 'e2aa115b-f00f-4eed-8100-376e54c66fdc', 'pin-reset', '{"mailboxId":"e2aa115b-f00f-4eed-8100-376e54c66fdc","address":"dave@contoso.com","displayName":"dave","language":"en-US","extension":"52003","accessNumbers":["5000"],"cause":"administrator","policyText":"","kind":"pin-reset","mustChange":true}', '9OZ8XE8UN+4A+gCK0bRVGDFJaSj2JL6gx5CgxSAo7nh6sXAuuRePwVwAUCh5shqQbQJKKw==', 'y-XC-Wo0', 1795872903808, 'waiting', 1, 1795872928095, NULL, 'The connection to the mail server failed: ECONNREFUSED');
INSERT INTO public.pin_history VALUES ('26cacc83-ea83-4c65-9215-d9de73a1b5e3', 1, '$argon2id$v=19$m=28672,t=2,p=1$+zQl6ttmX/5qkgvv666eOw$5HtZxf3DCINTqif4zg4ZKAaMUv40OTHd+t34KaYloh4', 'y-XC-Wo0', 1795872897283);
INSERT INTO public.pin_history VALUES ('44ac10e2-5af8-4aef-b065-ee0a92996cf2', 1, '$argon2id$v=19$m=28672,t=2,p=1$hdLtcbU0oJar1DLsA7wzjQ$QxWqPtDAaV56of/d4OLhNl9aXkO4y7gVfpqCFTgnzfM', 'y-XC-Wo0', 1795872900444);
INSERT INTO public.pin_history VALUES ('1f7a05a6-7db9-41e6-a4fa-d41bbcbfa0d9', 1, '$argon2id$v=19$m=28672,t=2,p=1$kk2TAfpCiM0FXqM9QsKXuQ$9upfcq17dcNf9HMnKASA86lw7rOzE7CjIcJB8VnABHI', 'y-XC-Wo0', 1795872900739);
INSERT INTO public.pin_history VALUES ('cd0f8fed-ba27-4d7d-91b4-6f3a1e712099', 1, '$argon2id$v=19$m=28672,t=2,p=1$csOUtEb8qq6pkklodfhdpw$QIvAwfjP+UITUYz1Xqr/Zk7LAB+P2N9ScvyUFJHIeJ4', 'y-XC-Wo0', 1795872901104);
INSERT INTO public.pin_history VALUES ('1ddac7c9-0a07-44c3-bd61-ae1749884f1d', 1, '$argon2id$v=19$m=28672,t=2,p=1$pJ8mZWuLasUPDepGhDQEGg$0IPXlYjfWL1bKKmwZfqZibbm8TUs1UrpQbn9gzCyfYw', 'y-XC-Wo0', 1795872901680);
INSERT INTO public.pin_history VALUES ('1ddac7c9-0a07-44c3-bd61-ae1749884f1d', 2, '$argon2id$v=19$m=28672,t=2,p=1$2dutwU+N4eFk+avkVOwoOA$uaJjPU7QnjymCY4S9797UxGXDP+Lrcd/xAe2fcGw8tc', 'y-XC-Wo0', 1795872903808);
INSERT INTO public.pin_key VALUES ('y-XC-Wo0', 'o1/XWe2V3MLMFWYSqxXBc2PZqA/V00mUO77SWgZ+ESk=');
INSERT INTO public.source_failure VALUES ('address 198.51.100.7', 29931215, 4);
INSERT INTO public.source_failure VALUES ('address 127.0.0.1', 29931215, 0);
ALTER TABLE ONLY public.access_number
    ADD CONSTRAINT access_number_pkey PRIMARY KEY (number);
ALTER TABLE ONLY public.access_number
    ADD CONSTRAINT access_number_position UNIQUE (dial_plan_id, "position");
ALTER TABLE ONLY public.access_token
    ADD CONSTRAINT access_token_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.access_token
    ADD CONSTRAINT access_token_token_hash_key UNIQUE (token_hash);
ALTER TABLE ONLY public.audit_head
    ADD CONSTRAINT audit_head_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.audit_record
    ADD CONSTRAINT audit_record_pkey PRIMARY KEY (sequence);
ALTER TABLE ONLY public.dial_plan
    ADD CONSTRAINT dial_plan_name_key UNIQUE (name);
ALTER TABLE ONLY public.dial_plan
    ADD CONSTRAINT dial_plan_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.idempotency_key
    ADD CONSTRAINT idempotency_key_key PRIMARY KEY (requester, key);
ALTER TABLE ONLY public.kysely_migration_lock
    ADD CONSTRAINT kysely_migration_lock_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.kysely_migration
    ADD CONSTRAINT kysely_migration_pkey PRIMARY KEY (name);
ALTER TABLE ONLY public.mailbox_extension
    ADD CONSTRAINT mailbox_extension_key PRIMARY KEY (dial_plan_id, number);
ALTER TABLE ONLY public.mailbox_extension
    ADD CONSTRAINT mailbox_extension_position UNIQUE (mailbox_id, "position");
ALTER TABLE ONLY public.mailbox
    ADD CONSTRAINT mailbox_in_dial_plan UNIQUE (id, dial_plan_id);
ALTER TABLE ONLY public.mailbox
    ADD CONSTRAINT mailbox_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.mailbox_policy
    ADD CONSTRAINT mailbox_policy_in_dial_plan UNIQUE (id, dial_plan_id);
ALTER TABLE ONLY public.mailbox_policy
    ADD CONSTRAINT mailbox_policy_name_key UNIQUE (name);
ALTER TABLE ONLY public.mailbox_policy
    ADD CONSTRAINT mailbox_policy_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.credential
    ADD CONSTRAINT new_credential_mailbox_id_key UNIQUE (mailbox_id);
ALTER TABLE ONLY public.credential
    ADD CONSTRAINT new_credential_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.outbox
    ADD CONSTRAINT outbox_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.pin_history
    ADD CONSTRAINT pin_history_key PRIMARY KEY (credential_id, sequence);
ALTER TABLE ONLY public.pin_key
    ADD CONSTRAINT pin_key_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.registered_number
    ADD CONSTRAINT registered_number_key PRIMARY KEY (dial_plan_id, number);
ALTER TABLE ONLY public.registered_number
    ADD CONSTRAINT registered_number_position UNIQUE (mailbox_id, "position");
ALTER TABLE ONLY public.source_failure
    ADD CONSTRAINT source_failure_key PRIMARY KEY (source, minute);
CREATE UNIQUE INDEX access_token_name ON public.access_token USING btree (lower(name));
CREATE INDEX audit_record_at ON public.audit_record USING btree (at, sequence);
CREATE INDEX audit_record_of_action ON public.audit_record USING btree (action, at, sequence) WHERE (action <> 'sign-in'::text);
CREATE INDEX audit_record_of_actor ON public.audit_record USING btree (actor_name, at, sequence) WHERE (actor_name IS NOT NULL);
CREATE INDEX audit_record_of_mailbox ON public.audit_record USING btree (mailbox_id, at, sequence);
CREATE UNIQUE INDEX dial_plan_name ON public.dial_plan USING btree (lower(name));
CREATE INDEX idempotency_key_by_age ON public.idempotency_key USING btree (put_at);
CREATE UNIQUE INDEX mailbox_address ON public.mailbox USING btree (lower(address));
CREATE UNIQUE INDEX mailbox_alias ON public.mailbox USING btree (lower(alias));
CREATE INDEX mailbox_extension_number ON public.mailbox_extension USING btree (number);
CREATE INDEX mailbox_of_dial_plan ON public.mailbox USING btree (dial_plan_id);
CREATE INDEX mailbox_of_policy ON public.mailbox USING btree (policy_id);
CREATE UNIQUE INDEX mailbox_policy_name ON public.mailbox_policy USING btree (lower(name));
CREATE INDEX mailbox_policy_of_dial_plan ON public.mailbox_policy USING btree (dial_plan_id);
CREATE INDEX outbox_due ON public.outbox USING btree (state, next_attempt_at, sequence);
CREATE INDEX outbox_of_mailbox ON public.outbox USING btree (mailbox_id, sequence);
CREATE INDEX outbox_sequence ON public.outbox USING btree (sequence);
CREATE INDEX outbox_state_of_mailbox ON public.outbox USING btree (mailbox_id, state, sequence);
CREATE INDEX pin_history_refusal_of_credential ON public.pin_history_refusal USING btree (credential_id, refused_at);
CREATE INDEX source_failure_by_minute ON public.source_failure USING btree (minute);
ALTER TABLE ONLY public.access_number
    ADD CONSTRAINT access_number_dial_plan_id_fkey FOREIGN KEY (dial_plan_id) REFERENCES public.dial_plan(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.mailbox
    ADD CONSTRAINT mailbox_dial_plan_id_fkey FOREIGN KEY (dial_plan_id) REFERENCES public.dial_plan(id);
ALTER TABLE ONLY public.mailbox_extension
    ADD CONSTRAINT mailbox_extension_of_mailbox FOREIGN KEY (mailbox_id, dial_plan_id) REFERENCES public.mailbox(id, dial_plan_id) ON DELETE CASCADE;
ALTER TABLE ONLY public.mailbox_policy
    ADD CONSTRAINT mailbox_policy_dial_plan_id_fkey FOREIGN KEY (dial_plan_id) REFERENCES public.dial_plan(id);
ALTER TABLE ONLY public.mailbox
    ADD CONSTRAINT mailbox_policy_of_dial_plan FOREIGN KEY (policy_id, dial_plan_id) REFERENCES public.mailbox_policy(id, dial_plan_id);
ALTER TABLE ONLY public.credential
    ADD CONSTRAINT new_credential_mailbox_id_fkey FOREIGN KEY (mailbox_id) REFERENCES public.mailbox(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.credential
    ADD CONSTRAINT new_credential_pin_key_id_fkey FOREIGN KEY (pin_key_id) REFERENCES public.pin_key(id);
ALTER TABLE ONLY public.pin_history
    ADD CONSTRAINT pin_history_credential_id_fkey FOREIGN KEY (credential_id) REFERENCES public.credential(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.pin_history
    ADD CONSTRAINT pin_history_pin_key_id_fkey FOREIGN KEY (pin_key_id) REFERENCES public.pin_key(id);
ALTER TABLE ONLY public.pin_history_refusal
    ADD CONSTRAINT pin_history_refusal_credential_id_fkey FOREIGN KEY (credential_id) REFERENCES public.credential(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.registered_number
    ADD CONSTRAINT registered_number_of_mailbox FOREIGN KEY (mailbox_id, dial_plan_id) REFERENCES public.mailbox(id, dial_plan_id) ON DELETE CASCADE;
