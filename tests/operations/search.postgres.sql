WITH l1 AS MATERIALIZED (SELECT *
FROM (SELECT p2.article_id AS c0, r2.title AS c1, a2.locale AS c2, r2.id AS c3
FROM publication AS p2
JOIN article AS a2 ON a2.id = p2.article_id
JOIN article_revision AS r2 ON r2.id = p2.revision_id
WHERE p2.starts_at <= $2::timestamptz AND (p2.ends_at IS NULL OR $2::timestamptz < p2.ends_at) AND ((r2.title_key LIKE $3::text ESCAPE '\') OR (EXISTS (SELECT 1
FROM revision_contributor AS link4
WHERE EXISTS (SELECT 1
FROM author AS u3
WHERE u3.deleted_at IS NULL AND u3.name_key LIKE $4::text ESCAPE '\' AND u3.id = link4.author_id) AND link4.revision_id = r2.id))) AND (lower(a2.locale) = $5::text) IS NOT TRUE AND EXISTS (SELECT 1
FROM revision_topic AS link6
WHERE EXISTS (SELECT 1
FROM topic AS t5
WHERE t5.deleted_at IS NULL AND t5.slug = ANY ($6::text[]) AND t5.id = link6.topic_id) AND link6.revision_id = r2.id)
ORDER BY p2.published_at DESC, p2.article_id DESC
LIMIT 101) AS page
LIMIT $1::int8) SELECT *
FROM (SELECT 0 AS s0, (SELECT count(*)
FROM publication AS p7
JOIN article AS a7 ON a7.id = p7.article_id
JOIN article_revision AS r7 ON r7.id = p7.revision_id
WHERE p7.starts_at <= $2::timestamptz AND (p7.ends_at IS NULL OR $2::timestamptz < p7.ends_at) AND ((r7.title_key LIKE $7::text ESCAPE '\') OR (EXISTS (SELECT 1
FROM revision_contributor AS link9
WHERE EXISTS (SELECT 1
FROM author AS u8
WHERE u8.deleted_at IS NULL AND u8.name_key LIKE $8::text ESCAPE '\' AND u8.id = link9.author_id) AND link9.revision_id = r7.id))) AND (lower(a7.locale) = $9::text) IS NOT TRUE AND EXISTS (SELECT 1
FROM revision_topic AS link11
WHERE EXISTS (SELECT 1
FROM topic AS t10
WHERE t10.deleted_at IS NULL AND t10.slug = ANY ($10::text[]) AND t10.id = link11.topic_id) AND link11.revision_id = r7.id)) AS s1, NULL::text AS s2, NULL::text AS s3, NULL::text AS s4, NULL::text AS s5) AS a0
UNION ALL SELECT 1 AS s0, NULL::int8 AS s1, c0::text AS s2, c1 AS s3, c2 AS s4, c3::text AS s5
FROM l1
UNION ALL SELECT *
FROM (SELECT x.*
FROM l1 AS p
CROSS JOIN LATERAL (SELECT 2 AS s0, NULL::int8 AS s1, p.c3::text AS s2, t12.name AS s3, NULL::text AS s4, NULL::text AS s5
FROM revision_topic AS n12
JOIN topic AS t12 ON t12.id = n12.topic_id
WHERE n12.revision_id = p.c3 AND t12.deleted_at IS NULL
ORDER BY n12.position ASC, n12.topic_id ASC
LIMIT 30) AS x) AS a2
UNION ALL SELECT *
FROM (SELECT x.*
FROM l1 AS p
CROSS JOIN LATERAL (SELECT 3 AS s0, NULL::int8 AS s1, p.c3::text AS s2, c13.credited_as AS s3, NULL::text AS s4, NULL::text AS s5
FROM revision_contributor AS c13
WHERE c13.revision_id = p.c3 AND EXISTS (SELECT 1
FROM author AS z
WHERE z.id = c13.author_id AND z.deleted_at IS NULL) AND c13.role = $11::text
ORDER BY c13.position ASC, c13.id ASC
LIMIT 30) AS x) AS a3;
