WITH l1 AS MATERIALIZED (SELECT s2.id AS c0, (SELECT z.id
FROM policy_version AS z
WHERE z.kind = $1::text AND z.effective_from <= $2::timestamptz AND (z.effective_from <= $2::timestamptz OR 1 = 0)
ORDER BY z.effective_from DESC, z.number DESC
LIMIT 1) AS c1, (SELECT z.id
FROM policy_version AS z
WHERE z.kind = $3::text AND z.effective_from <= $4::timestamptz AND (z.effective_from <= $2::timestamptz OR 1 = 0)
ORDER BY z.effective_from DESC, z.number DESC
LIMIT 1) AS c2, (SELECT z.id
FROM policy_version AS z
WHERE z.kind = $5::text AND z.effective_from <= $2::timestamptz AND (z.effective_from <= $2::timestamptz OR 1 = 0)
ORDER BY z.effective_from DESC, z.number DESC
LIMIT 1) AS c3, s2.comments_open AS c4, s2.comments_close_at AS c5, s2.comments_close_after_days AS c6, CAST(NULL AS timestamptz) AS c7, s2.comments_moderation AS c8, s2.comments_max_depth AS c9, s2.comments_required_fields AS c10
FROM site AS s2
WHERE 1 = 1
LIMIT 1) SELECT 1 AS s0, c0::text AS s1, c1::text AS s2, c2::text AS s3, c3::text AS s4, c4 AS s5, c5 AS s6, c6 AS s7, c7 AS s8, c8 AS s9, c9 AS s10, c10 AS s11
FROM l1
UNION ALL SELECT *
FROM (SELECT 2 AS s0, v3.id::text AS s1, v3.title AS s2, v3.acceptance_text AS s3, v3.body_html AS s4, NULL::bool AS s5, NULL::timestamptz AS s6, v3.number AS s7, NULL::timestamptz AS s8, NULL::text AS s9, NULL::int8 AS s10, NULL::text AS s11
FROM policy_version AS v3
WHERE v3.id IN (SELECT c1
FROM l1) AND v3.effective_from <= $2::timestamptz) AS a2
UNION ALL SELECT *
FROM (SELECT 3 AS s0, v4.id::text AS s1, NULL::text AS s2, NULL::text AS s3, NULL::text AS s4, NULL::bool AS s5, NULL::timestamptz AS s6, v4.number AS s7, NULL::timestamptz AS s8, NULL::text AS s9, NULL::int8 AS s10, NULL::text AS s11
FROM policy_version AS v4
WHERE v4.id IN (SELECT c2
FROM l1) AND v4.effective_from <= $2::timestamptz) AS a3
UNION ALL SELECT *
FROM (SELECT 4 AS s0, v5.id::text AS s1, NULL::text AS s2, NULL::text AS s3, NULL::text AS s4, NULL::bool AS s5, NULL::timestamptz AS s6, v5.number AS s7, NULL::timestamptz AS s8, NULL::text AS s9, NULL::int8 AS s10, NULL::text AS s11
FROM policy_version AS v5
WHERE v5.id IN (SELECT c3
FROM l1) AND v5.effective_from <= $2::timestamptz) AS a4;
