WITH l1 AS MATERIALIZED (SELECT p2.article_id AS c0, replace(replace(s2.article_path, '{slug}', r2.slug), '{locale}', a2.locale) AS c1, COALESCE(r2.seo_canonical_url, s2.url || replace(replace(s2.article_path, '{slug}', r2.slug), '{locale}', a2.locale)) AS c2, r2.title AS c3, r2.slug AS c4, r2.id AS c5, COALESCE(r2.seo_title, r2.title) AS c6
FROM publication AS p2
JOIN article AS a2 ON a2.id = p2.article_id
JOIN article_revision AS r2 ON r2.id = p2.revision_id
JOIN site AS s2 ON s2.singleton
WHERE p2.article_id = ANY ($1::uuid[]) AND p2.starts_at <= $2::timestamptz AND (p2.ends_at IS NULL OR $2::timestamptz < p2.ends_at)),
l3 AS MATERIALIZED (SELECT u4.id AS c0, replace(replace(s4.author_path, '{slug}', u4.slug), '{locale}', '') AS c1, s4.url || replace(replace(s4.author_path, '{slug}', u4.slug), '{locale}', '') AS c2, u4.name AS c3
FROM author AS u4
JOIN site AS s4 ON s4.singleton
WHERE u4.id = ANY ($3::uuid[]) AND u4.deleted_at IS NULL),
l5 AS MATERIALIZED (SELECT c6.id AS c0, CASE WHEN (c6.status = 'APPROVED' OR (1 = 0 AND c6.erased_at IS NULL)) THEN c6.author_name END AS c1, c6.article_id AS c2, c6.parent_id AS c3
FROM comment AS c6
WHERE c6.id = ANY ($5::uuid[]) AND (c6.is_listed) AND EXISTS (SELECT 1
FROM publication AS z
WHERE z.article_id = c6.article_id AND z.starts_at <= $2::timestamptz AND (z.ends_at IS NULL OR $2::timestamptz < z.ends_at))),
l9 AS MATERIALIZED (SELECT v10.id AS c0, v10.number AS c1, v10.title AS c2, v10.digest AS c3, v10.disclaimer_id AS c4
FROM disclaimer_version AS v10
WHERE v10.id = ANY ($7::uuid[]) AND v10.effective_from <= $2::timestamptz),
l10 AS MATERIALIZED (SELECT d11.id AS c0, d11.slug AS c1, (SELECT z.id
FROM disclaimer_version AS z
WHERE z.disclaimer_id = d11.id AND (z.effective_from <= $2::timestamptz OR (1 = 0 AND z.number = 1))
ORDER BY CASE WHEN z.effective_from <= $2::timestamptz THEN 1 ELSE 0 END DESC, z.effective_from DESC, z.number DESC
LIMIT 1) AS c2
FROM disclaimer AS d11
WHERE d11.id IN (SELECT c4
FROM l9) AND (SELECT z.id
FROM disclaimer_version AS z
WHERE z.disclaimer_id = d11.id AND (z.effective_from <= $2::timestamptz OR (1 = 0 AND z.number = 1))
ORDER BY CASE WHEN z.effective_from <= $2::timestamptz THEN 1 ELSE 0 END DESC, z.effective_from DESC, z.number DESC
LIMIT 1) IS NOT NULL) SELECT 1 AS s0, c0::text AS s1, c1 AS s2, c2 AS s3, c3 AS s4, c4 AS s5, c5::text AS s6, c6 AS s7, NULL::int8 AS s8
FROM l1
UNION ALL SELECT *
FROM (SELECT x.*
FROM l1 AS p
CROSS JOIN LATERAL (SELECT 2 AS s0, p.c5::text AS s1, t3.slug AS s2, NULL::text AS s3, NULL::text AS s4, NULL::text AS s5, NULL::text AS s6, NULL::text AS s7, NULL::int8 AS s8
FROM revision_topic AS n3
JOIN topic AS t3 ON t3.id = n3.topic_id
WHERE n3.revision_id = p.c5 AND t3.deleted_at IS NULL
ORDER BY n3.position ASC, n3.topic_id ASC
LIMIT 30) AS x) AS a2
UNION ALL SELECT 3 AS s0, c0::text AS s1, c1 AS s2, c2 AS s3, c3 AS s4, NULL::text AS s5, NULL::text AS s6, NULL::text AS s7, NULL::int8 AS s8
FROM l3
UNION ALL SELECT *
FROM (SELECT x.*
FROM l3 AS p
CROSS JOIN LATERAL (SELECT 4 AS s0, p.c0::text AS s1, r5.title AS s2, NULL::text AS s3, NULL::text AS s4, NULL::text AS s5, NULL::text AS s6, NULL::text AS s7, NULL::int8 AS s8
FROM publication_author AS i5
JOIN publication AS p5 ON p5.id = i5.publication_id
JOIN article_revision AS r5 ON r5.id = p5.revision_id
WHERE i5.author_id = p.c0 AND i5.starts_at <= $2::timestamptz AND (i5.ends_at IS NULL OR $2::timestamptz < i5.ends_at)
ORDER BY i5.published_at DESC, i5.article_id DESC
LIMIT $4::int8) AS x) AS a4
UNION ALL SELECT 5 AS s0, c0::text AS s1, c1 AS s2, c2::text AS s3, c3::text AS s4, NULL::text AS s5, NULL::text AS s6, NULL::text AS s7, NULL::int8 AS s8
FROM l5
UNION ALL SELECT *
FROM (SELECT 6 AS s0, p7.article_id::text AS s1, r7.title AS s2, NULL::text AS s3, NULL::text AS s4, NULL::text AS s5, NULL::text AS s6, NULL::text AS s7, NULL::int8 AS s8
FROM publication AS p7
JOIN article_revision AS r7 ON r7.id = p7.revision_id
WHERE p7.article_id IN (SELECT c2
FROM l5) AND p7.starts_at <= $2::timestamptz AND (p7.ends_at IS NULL OR $2::timestamptz < p7.ends_at)) AS a6
UNION ALL SELECT *
FROM (SELECT 7 AS s0, c8.id::text AS s1, NULL::text AS s2, NULL::text AS s3, NULL::text AS s4, NULL::text AS s5, NULL::text AS s6, NULL::text AS s7, NULL::int8 AS s8
FROM comment AS c8
WHERE c8.id IN (SELECT c3
FROM l5) AND (c8.is_listed) AND EXISTS (SELECT 1
FROM publication AS z
WHERE z.article_id = c8.article_id AND z.starts_at <= $2::timestamptz AND (z.ends_at IS NULL OR $2::timestamptz < z.ends_at))) AS a7
UNION ALL SELECT *
FROM (SELECT 8 AS s0, m9.id::text AS s1, m9.filename AS s2, m9.storage_key AS s3, m9.alt AS s4, NULL::text AS s5, NULL::text AS s6, NULL::text AS s7, NULL::int8 AS s8
FROM media AS m9
WHERE m9.id = ANY ($6::uuid[]) AND m9.deleted_at IS NULL) AS a8
UNION ALL SELECT 9 AS s0, c0::text AS s1, c2 AS s2, c3 AS s3, c4::text AS s4, NULL::text AS s5, NULL::text AS s6, NULL::text AS s7, c1 AS s8
FROM l9
UNION ALL SELECT 10 AS s0, c0::text AS s1, c1 AS s2, c2::text AS s3, NULL::text AS s4, NULL::text AS s5, NULL::text AS s6, NULL::text AS s7, NULL::int8 AS s8
FROM l10
UNION ALL SELECT *
FROM (SELECT 11 AS s0, v12.id::text AS s1, NULL::text AS s2, NULL::text AS s3, NULL::text AS s4, NULL::text AS s5, NULL::text AS s6, NULL::text AS s7, v12.number AS s8
FROM disclaimer_version AS v12
WHERE v12.id IN (SELECT c2
FROM l10) AND v12.effective_from <= $2::timestamptz) AS a11;
