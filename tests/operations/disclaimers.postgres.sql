WITH l1 AS MATERIALIZED (SELECT *
FROM (SELECT d2.id AS c0, d2.slug AS c1, d2.scope AS c2, d2.placement AS c3, d2.retired_at AS c4, (SELECT z.id
FROM disclaimer_version AS z
WHERE z.disclaimer_id = d2.id AND (z.effective_from <= $2::timestamptz OR (1 = 0 AND z.number = 1))
ORDER BY CASE WHEN z.effective_from <= $2::timestamptz THEN 1 ELSE 0 END DESC, z.effective_from DESC, z.number DESC
LIMIT 1) AS c5
FROM disclaimer AS d2
WHERE (SELECT z.id
FROM disclaimer_version AS z
WHERE z.disclaimer_id = d2.id AND (z.effective_from <= $2::timestamptz OR (1 = 0 AND z.number = 1))
ORDER BY CASE WHEN z.effective_from <= $2::timestamptz THEN 1 ELSE 0 END DESC, z.effective_from DESC, z.number DESC
LIMIT 1) IS NOT NULL
ORDER BY d2.created_at ASC, d2.id ASC
LIMIT 101) AS page
LIMIT $1::int8),
l5 AS MATERIALIZED (SELECT x.*
FROM l1 AS p
CROSS JOIN LATERAL (SELECT p.c0 AS c0, v6.number AS c1, v6.effective_from AS c2, v6.body_text AS c3, v6.id AS c4, (SELECT count(*)
FROM publication_disclaimer AS i8
WHERE i8.starts_at <= $2::timestamptz AND (i8.ends_at IS NULL OR $2::timestamptz < i8.ends_at) AND i8.version_id = v6.id) AS c5
FROM disclaimer_version AS v6
WHERE v6.disclaimer_id = p.c0 AND v6.effective_from <= $2::timestamptz
ORDER BY v6.number DESC, v6.id DESC
LIMIT $3::int8) AS x) SELECT 1 AS s0, c0::text AS s1, c1 AS s2, c2 AS s3, c3 AS s4, c4 AS s5, c5::text AS s6, NULL::int8 AS s7, NULL::int8 AS s8
FROM l1
UNION ALL SELECT *
FROM (SELECT x.*
FROM l1 AS p
CROSS JOIN LATERAL (SELECT 2 AS s0, p.c0::text AS s1, t3.slug AS s2, NULL::text AS s3, NULL::text AS s4, NULL::timestamptz AS s5, NULL::text AS s6, NULL::int8 AS s7, NULL::int8 AS s8
FROM disclaimer_topic AS n3
JOIN topic AS t3 ON t3.id = n3.topic_id
WHERE n3.disclaimer_id = p.c0 AND t3.deleted_at IS NULL
ORDER BY t3.name_key ASC, n3.topic_id ASC
LIMIT 100) AS x) AS a2
UNION ALL SELECT *
FROM (SELECT x.*
FROM l1 AS p
CROSS JOIN LATERAL (SELECT 3 AS s0, p.c0::text AS s1, u4.slug AS s2, NULL::text AS s3, NULL::text AS s4, NULL::timestamptz AS s5, NULL::text AS s6, NULL::int8 AS s7, NULL::int8 AS s8
FROM disclaimer_author AS n4
JOIN author AS u4 ON u4.id = n4.author_id
WHERE n4.disclaimer_id = p.c0 AND u4.deleted_at IS NULL
ORDER BY u4.name_key ASC, n4.author_id ASC
LIMIT 100) AS x) AS a3
UNION ALL SELECT *
FROM (SELECT 4 AS s0, v5.id::text AS s1, v5.title AS s2, NULL::text AS s3, NULL::text AS s4, NULL::timestamptz AS s5, NULL::text AS s6, v5.number AS s7, NULL::int8 AS s8
FROM disclaimer_version AS v5
WHERE v5.id IN (SELECT c5
FROM l1) AND v5.effective_from <= $2::timestamptz) AS a4
UNION ALL SELECT 5 AS s0, c0::text AS s1, c3 AS s2, c4::text AS s3, NULL::text AS s4, c2 AS s5, NULL::text AS s6, c1 AS s7, c5 AS s8
FROM l5
UNION ALL SELECT *
FROM (SELECT x.*
FROM l5 AS p
CROSS JOIN LATERAL (SELECT 6 AS s0, p.c4::text AS s1, r7.slug AS s2, NULL::text AS s3, NULL::text AS s4, NULL::timestamptz AS s5, NULL::text AS s6, NULL::int8 AS s7, NULL::int8 AS s8
FROM publication_disclaimer AS i7
JOIN publication AS p7 ON p7.id = i7.publication_id
JOIN article_revision AS r7 ON r7.id = p7.revision_id
WHERE i7.version_id = p.c4 AND i7.starts_at <= $2::timestamptz AND (i7.ends_at IS NULL OR $2::timestamptz < i7.ends_at)
ORDER BY i7.published_at DESC, i7.article_id DESC
LIMIT $4::int8) AS x) AS a6;
