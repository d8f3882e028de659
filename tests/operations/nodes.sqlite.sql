WITH l1 AS MATERIALIZED (SELECT p2.article_id AS c0, replace(replace(s2.article_path, '{slug}', r2.slug), '{locale}', a2.locale) AS c1, COALESCE(r2.seo_canonical_url, s2.url || replace(replace(s2.article_path, '{slug}', r2.slug), '{locale}', a2.locale)) AS c2, r2.title AS c3, r2.slug AS c4, r2.id AS c5, COALESCE(r2.seo_title, r2.title) AS c6
FROM publication AS p2
CROSS JOIN article AS a2 ON a2.id = p2.article_id
CROSS JOIN article_revision AS r2 ON r2.id = p2.revision_id
CROSS JOIN site AS s2 ON s2.singleton
WHERE p2.article_id IN (SELECT value
FROM json_each(?1)) AND p2.starts_at <= ?2 AND (p2.ends_at IS NULL OR ?2 < p2.ends_at)),
l3 AS MATERIALIZED (SELECT u4.id AS c0, replace(replace(s4.author_path, '{slug}', u4.slug), '{locale}', '') AS c1, s4.url || replace(replace(s4.author_path, '{slug}', u4.slug), '{locale}', '') AS c2, u4.name AS c3
FROM author AS u4
CROSS JOIN site AS s4 ON s4.singleton
WHERE u4.id IN (SELECT value
FROM json_each(?3)) AND u4.deleted_at IS NULL),
l5 AS MATERIALIZED (SELECT c7.id AS c0, CASE WHEN (c7.status = 'APPROVED' OR (1 = 0 AND c7.erased_at IS NULL)) THEN c7.author_name END AS c1, c7.article_id AS c2, c7.parent_id AS c3
FROM comment AS c7
WHERE c7.id IN (SELECT value
FROM json_each(?5)) AND (c7.is_listed) AND EXISTS (SELECT 1
FROM publication AS z
WHERE z.article_id = c7.article_id AND z.starts_at <= ?2 AND (z.ends_at IS NULL OR ?2 < z.ends_at))),
l9 AS MATERIALIZED (SELECT v11.id AS c0, v11.number AS c1, v11.title AS c2, v11.digest AS c3, v11.disclaimer_id AS c4
FROM disclaimer_version AS v11
WHERE v11.id IN (SELECT value
FROM json_each(?7)) AND v11.effective_from <= ?2),
l10 AS MATERIALIZED (SELECT d12.id AS c0, d12.slug AS c1, (SELECT z.id
FROM disclaimer_version AS z
WHERE z.disclaimer_id = d12.id AND (z.effective_from <= ?2 OR (1 = 0 AND z.number = 1))
ORDER BY CASE WHEN z.effective_from <= ?2 THEN 1 ELSE 0 END DESC, z.effective_from DESC, z.number DESC
LIMIT 1) AS c2
FROM disclaimer AS d12
WHERE d12.id IN (SELECT c4
FROM l9) AND (SELECT z.id
FROM disclaimer_version AS z
WHERE z.disclaimer_id = d12.id AND (z.effective_from <= ?2 OR (1 = 0 AND z.number = 1))
ORDER BY CASE WHEN z.effective_from <= ?2 THEN 1 ELSE 0 END DESC, z.effective_from DESC, z.number DESC
LIMIT 1) IS NOT NULL) SELECT 1 AS s0, c0 AS s1, c1 AS s2, c2 AS s3, c3 AS s4, c4 AS s5, c5 AS s6, c6 AS s7
FROM l1
UNION ALL SELECT *
FROM (SELECT 2 AS s0, p.c5 AS s1, n3.position AS s2, n3.topic_id AS s3, t3.slug AS s4, NULL AS s5, NULL AS s6, NULL AS s7
FROM l1 AS p
CROSS JOIN revision_topic AS n3
CROSS JOIN topic AS t3 ON t3.id = n3.topic_id
WHERE n3.revision_id = p.c5 AND t3.deleted_at IS NULL) AS a2
UNION ALL SELECT 3 AS s0, c0 AS s1, c1 AS s2, c2 AS s3, c3 AS s4, NULL AS s5, NULL AS s6, NULL AS s7
FROM l3
UNION ALL SELECT *
FROM (SELECT 4 AS s0, p.c0 AS s1, i5.published_at AS s2, i5.article_id AS s3, r5.title AS s4, NULL AS s5, NULL AS s6, NULL AS s7
FROM l3 AS p
CROSS JOIN publication_author AS i5
CROSS JOIN publication AS p5 ON p5.id = i5.publication_id
CROSS JOIN article_revision AS r5 ON r5.id = p5.revision_id
WHERE i5.rowid IN (SELECT i6.rowid
FROM publication_author AS i6
WHERE i6.author_id = p.c0 AND i6.starts_at <= ?2 AND (i6.ends_at IS NULL OR ?2 < i6.ends_at)
ORDER BY i6.published_at DESC, i6.article_id DESC
LIMIT ?4)) AS a4
UNION ALL SELECT 5 AS s0, c0 AS s1, c1 AS s2, c2 AS s3, c3 AS s4, NULL AS s5, NULL AS s6, NULL AS s7
FROM l5
UNION ALL SELECT *
FROM (SELECT 6 AS s0, p8.article_id AS s1, r8.title AS s2, NULL AS s3, NULL AS s4, NULL AS s5, NULL AS s6, NULL AS s7
FROM publication AS p8
CROSS JOIN article_revision AS r8 ON r8.id = p8.revision_id
WHERE p8.article_id IN (SELECT c2
FROM l5) AND p8.starts_at <= ?2 AND (p8.ends_at IS NULL OR ?2 < p8.ends_at)) AS a6
UNION ALL SELECT *
FROM (SELECT 7 AS s0, c9.id AS s1, NULL AS s2, NULL AS s3, NULL AS s4, NULL AS s5, NULL AS s6, NULL AS s7
FROM comment AS c9
WHERE c9.id IN (SELECT c3
FROM l5) AND (c9.is_listed) AND EXISTS (SELECT 1
FROM publication AS z
WHERE z.article_id = c9.article_id AND z.starts_at <= ?2 AND (z.ends_at IS NULL OR ?2 < z.ends_at))) AS a7
UNION ALL SELECT *
FROM (SELECT 8 AS s0, m10.id AS s1, m10.filename AS s2, m10.storage_key AS s3, m10.alt AS s4, NULL AS s5, NULL AS s6, NULL AS s7
FROM media AS m10
WHERE m10.id IN (SELECT value
FROM json_each(?6)) AND m10.deleted_at IS NULL) AS a8
UNION ALL SELECT 9 AS s0, c0 AS s1, c1 AS s2, c2 AS s3, c3 AS s4, c4 AS s5, NULL AS s6, NULL AS s7
FROM l9
UNION ALL SELECT 10 AS s0, c0 AS s1, c1 AS s2, c2 AS s3, NULL AS s4, NULL AS s5, NULL AS s6, NULL AS s7
FROM l10
UNION ALL SELECT *
FROM (SELECT 11 AS s0, v13.id AS s1, v13.number AS s2, NULL AS s3, NULL AS s4, NULL AS s5, NULL AS s6, NULL AS s7
FROM disclaimer_version AS v13
WHERE v13.id IN (SELECT c2
FROM l10) AND v13.effective_from <= ?2) AS a11;
