WITH l1 AS MATERIALIZED (SELECT *
FROM (SELECT c2.id AS c0, CASE WHEN c2.status = 'APPROVED' OR 1 = 1 THEN c2.status ELSE 'DELETED' END AS c1, CASE WHEN (c2.status = 'APPROVED' OR (1 = 1 AND c2.erased_at IS NULL)) THEN c2.author_name END AS c2, CASE WHEN c2.erased_at IS NULL THEN c2.author_email END AS c3, c2.body_text AS c4, c2.article_id AS c5, c2.parent_id AS c6
FROM comment AS c2
WHERE EXISTS (SELECT 1
FROM article AS z
WHERE z.id = c2.article_id AND z.deleted_at IS NULL) AND (c2.status = $2::text OR c2.status = $3::text)
ORDER BY c2.created_at ASC, c2.id ASC
LIMIT 101) AS page
LIMIT $1::int8),
l5 AS MATERIALIZED (SELECT *
FROM (SELECT c7.id AS c0
FROM comment AS c7
WHERE EXISTS (SELECT 1
FROM article AS z
WHERE z.id = c7.article_id AND z.deleted_at IS NULL) AND (c7.flag_count > 0)
ORDER BY c7.created_at DESC, c7.id DESC
LIMIT 101) AS page
LIMIT $7::int8),
l7 AS MATERIALIZED (SELECT x.*
FROM l5 AS p
CROSS JOIN LATERAL (SELECT p.c0 AS c0, g9.action AS c1, g9.reason AS c2, g9.moderator_id AS c3
FROM moderation_decision AS g9
WHERE g9.comment_id = p.c0
ORDER BY g9.created_at ASC, g9.id ASC
LIMIT 100) AS x) SELECT *
FROM (SELECT 0 AS s0, (SELECT count(*)
FROM comment AS c3
WHERE EXISTS (SELECT 1
FROM article AS z
WHERE z.id = c3.article_id AND z.deleted_at IS NULL) AND (c3.status = $4::text OR c3.status = $5::text)) AS s1, NULL::text AS s2, NULL::text AS s3, NULL::text AS s4, NULL::text AS s5, NULL::text AS s6, NULL::text AS s7, NULL::text AS s8) AS a0
UNION ALL SELECT 1 AS s0, NULL::int8 AS s1, c0::text AS s2, c1 AS s3, c2 AS s4, c3 AS s5, c4 AS s6, c5::text AS s7, c6::text AS s8
FROM l1
UNION ALL SELECT *
FROM (SELECT 2 AS s0, NULL::int8 AS s1, p4.article_id::text AS s2, r4.title AS s3, NULL::text AS s4, NULL::text AS s5, NULL::text AS s6, NULL::text AS s7, NULL::text AS s8
FROM publication AS p4
JOIN article_revision AS r4 ON r4.id = p4.revision_id
WHERE p4.article_id IN (SELECT c5
FROM l1) AND p4.starts_at <= $6::timestamptz AND (p4.ends_at IS NULL OR $6::timestamptz < p4.ends_at)) AS a2
UNION ALL SELECT *
FROM (SELECT 3 AS s0, NULL::int8 AS s1, c5.id::text AS s2, CASE WHEN (c5.status = 'APPROVED' OR (1 = 1 AND c5.erased_at IS NULL)) THEN c5.author_name END AS s3, NULL::text AS s4, NULL::text AS s5, NULL::text AS s6, NULL::text AS s7, NULL::text AS s8
FROM comment AS c5
WHERE c5.id IN (SELECT c6
FROM l1) AND EXISTS (SELECT 1
FROM article AS z
WHERE z.id = c5.article_id AND z.deleted_at IS NULL)) AS a3
UNION ALL SELECT *
FROM (SELECT x.*
FROM l1 AS p
CROSS JOIN LATERAL (SELECT 4 AS s0, NULL::int8 AS s1, p.c0::text AS s2, f6.reason AS s3, NULL::text AS s4, NULL::text AS s5, NULL::text AS s6, NULL::text AS s7, NULL::text AS s8
FROM comment_flag AS f6
WHERE f6.comment_id = p.c0
ORDER BY f6.created_at ASC, f6.id ASC
LIMIT 100) AS x) AS a4
UNION ALL SELECT 5 AS s0, NULL::int8 AS s1, c0::text AS s2, NULL::text AS s3, NULL::text AS s4, NULL::text AS s5, NULL::text AS s6, NULL::text AS s7, NULL::text AS s8
FROM l5
UNION ALL SELECT *
FROM (SELECT x.*
FROM l5 AS p
CROSS JOIN LATERAL (SELECT 6 AS s0, NULL::int8 AS s1, p.c0::text AS s2, f8.reason AS s3, f8.detail AS s4, NULL::text AS s5, NULL::text AS s6, NULL::text AS s7, NULL::text AS s8
FROM comment_flag AS f8
WHERE f8.comment_id = p.c0
ORDER BY f8.created_at ASC, f8.id ASC
LIMIT 100) AS x) AS a6
UNION ALL SELECT 7 AS s0, NULL::int8 AS s1, c0::text AS s2, c1 AS s3, c2 AS s4, c3::text AS s5, NULL::text AS s6, NULL::text AS s7, NULL::text AS s8
FROM l7
UNION ALL SELECT *
FROM (SELECT 8 AS s0, NULL::int8 AS s1, w10.id::text AS s2, w10.name AS s3, NULL::text AS s4, NULL::text AS s5, NULL::text AS s6, NULL::text AS s7, NULL::text AS s8
FROM user_account AS w10
WHERE w10.id IN (SELECT c3
FROM l7) AND 1 = 1) AS a8
UNION ALL SELECT *
FROM (SELECT x.*
FROM l5 AS p
CROSS JOIN LATERAL (SELECT 9 AS s0, NULL::int8 AS s1, p.c0::text AS s2, h11.rule AS s3, h11.verdict AS s4, NULL::text AS s5, NULL::text AS s6, NULL::text AS s7, NULL::text AS s8
FROM screening_signal AS h11
WHERE h11.comment_id = p.c0
ORDER BY h11.position ASC, h11.id ASC
LIMIT 100) AS x) AS a9;
