WITH l1 AS MATERIALIZED (SELECT d2.id AS c0, d2.slug AS c1, d2.scope AS c2, d2.placement AS c3, d2.retired_at AS c4, (SELECT z.id
FROM disclaimer_version AS z
WHERE z.disclaimer_id = d2.id AND (z.effective_from <= ?2 OR (1 = 0 AND z.number = 1))
ORDER BY CASE WHEN z.effective_from <= ?2 THEN 1 ELSE 0 END DESC, z.effective_from DESC, z.number DESC
LIMIT 1) AS c5
FROM disclaimer AS d2
WHERE (SELECT z.id
FROM disclaimer_version AS z
WHERE z.disclaimer_id = d2.id AND (z.effective_from <= ?2 OR (1 = 0 AND z.number = 1))
ORDER BY CASE WHEN z.effective_from <= ?2 THEN 1 ELSE 0 END DESC, z.effective_from DESC, z.number DESC
LIMIT 1) IS NOT NULL
ORDER BY d2.created_at ASC, d2.id ASC
LIMIT ?1),
l5 AS MATERIALIZED (SELECT p.c0 AS c0, v6.number AS c1, v6.id AS c2, v6.effective_from AS c3, v6.body_text AS c4, (SELECT count(*)
FROM publication_disclaimer AS i10
WHERE i10.starts_at <= ?2 AND (i10.ends_at IS NULL OR ?2 < i10.ends_at) AND i10.version_id = v6.id) AS c5
FROM l1 AS p
CROSS JOIN disclaimer_version AS v6
WHERE v6.rowid IN (SELECT v7.rowid
FROM disclaimer_version AS v7
WHERE v7.disclaimer_id = p.c0 AND v7.effective_from <= ?2
ORDER BY v7.number DESC, v7.id DESC
LIMIT ?3)) SELECT 1 AS s0, c0 AS s1, c1 AS s2, c2 AS s3, c3 AS s4, c4 AS s5, c5 AS s6
FROM l1
UNION ALL SELECT *
FROM (SELECT 2 AS s0, p.c0 AS s1, t3.name_key AS s2, n3.topic_id AS s3, t3.slug AS s4, NULL AS s5, NULL AS s6
FROM l1 AS p
CROSS JOIN disclaimer_topic AS n3
CROSS JOIN topic AS t3 ON t3.id = n3.topic_id
WHERE n3.disclaimer_id = p.c0 AND t3.deleted_at IS NULL) AS a2
UNION ALL SELECT *
FROM (SELECT 3 AS s0, p.c0 AS s1, u4.name_key AS s2, n4.author_id AS s3, u4.slug AS s4, NULL AS s5, NULL AS s6
FROM l1 AS p
CROSS JOIN disclaimer_author AS n4
CROSS JOIN author AS u4 ON u4.id = n4.author_id
WHERE n4.disclaimer_id = p.c0 AND u4.deleted_at IS NULL) AS a3
UNION ALL SELECT *
FROM (SELECT 4 AS s0, v5.id AS s1, v5.number AS s2, v5.title AS s3, NULL AS s4, NULL AS s5, NULL AS s6
FROM disclaimer_version AS v5
WHERE v5.id IN (SELECT c5
FROM l1) AND v5.effective_from <= ?2) AS a4
UNION ALL SELECT 5 AS s0, c0 AS s1, c1 AS s2, c2 AS s3, c3 AS s4, c4 AS s5, c5 AS s6
FROM l5
UNION ALL SELECT *
FROM (SELECT 6 AS s0, p.c2 AS s1, i8.published_at AS s2, i8.article_id AS s3, r8.slug AS s4, NULL AS s5, NULL AS s6
FROM l5 AS p
CROSS JOIN publication_disclaimer AS i8
CROSS JOIN publication AS p8 ON p8.id = i8.publication_id
CROSS JOIN article_revision AS r8 ON r8.id = p8.revision_id
WHERE i8.rowid IN (SELECT i9.rowid
FROM publication_disclaimer AS i9
WHERE i9.version_id = p.c2 AND i9.starts_at <= ?2 AND (i9.ends_at IS NULL OR ?2 < i9.ends_at)
ORDER BY i9.published_at DESC, i9.article_id DESC
LIMIT ?4)) AS a6;
