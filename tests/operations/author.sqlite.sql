WITH l1 AS MATERIALIZED (SELECT u2.id AS c0, u2.name AS c1, u2.credentials AS c2, u2.website AS c3, u2.accepts_messages AS c4, u2.bio_html AS c5, (SELECT count(*)
FROM publication_author AS i7
WHERE i7.starts_at <= ?2 AND (i7.ends_at IS NULL OR ?2 < i7.ends_at) AND i7.author_id = u2.id) AS c6
FROM author AS u2
WHERE u2.slug = ?1 AND u2.deleted_at IS NULL
LIMIT 1),
l2 AS MATERIALIZED (SELECT p.c0 AS c0, x3.position AS c1, CASE WHEN x3.target_type = 'med' THEN x3.target_id END AS c2, CASE WHEN x3.target_type = 'art' THEN x3.target_id END AS c3
FROM l1 AS p
CROSS JOIN text_reference AS x3
WHERE x3.owner_id = p.c0 AND x3.position >= 0) SELECT 1 AS s0, c0 AS s1, c1 AS s2, c2 AS s3, c3 AS s4, c4 AS s5, c5 AS s6, c6 AS s7
FROM l1
UNION ALL SELECT 2 AS s0, c0 AS s1, c1 AS s2, c2 AS s3, c3 AS s4, NULL AS s5, NULL AS s6, NULL AS s7
FROM l2
UNION ALL SELECT *
FROM (SELECT 3 AS s0, m4.id AS s1, NULL AS s2, NULL AS s3, NULL AS s4, NULL AS s5, NULL AS s6, NULL AS s7
FROM media AS m4
WHERE m4.id IN (SELECT c2
FROM l2) AND m4.deleted_at IS NULL) AS a3
UNION ALL SELECT *
FROM (SELECT 4 AS s0, p5.article_id AS s1, r5.title AS s2, NULL AS s3, NULL AS s4, NULL AS s5, NULL AS s6, NULL AS s7
FROM publication AS p5
CROSS JOIN article_revision AS r5 ON r5.id = p5.revision_id
WHERE p5.article_id IN (SELECT c3
FROM l2) AND p5.starts_at <= ?2 AND (p5.ends_at IS NULL OR ?2 < p5.ends_at)) AS a4
UNION ALL SELECT *
FROM (SELECT 5 AS s0, i6.article_id AS s1, r6.title AS s2, replace(replace(s6.article_path, '{slug}', r6.slug), '{locale}', a6.locale) AS s3, NULL AS s4, NULL AS s5, NULL AS s6, NULL AS s7
FROM publication_author AS i6
CROSS JOIN publication AS p6 ON p6.id = i6.publication_id
CROSS JOIN article AS a6 ON a6.id = i6.article_id
CROSS JOIN article_revision AS r6 ON r6.id = p6.revision_id
CROSS JOIN site AS s6 ON s6.singleton
WHERE i6.author_id = (SELECT c0
FROM l1) AND i6.starts_at <= ?2 AND (i6.ends_at IS NULL OR ?2 < i6.ends_at)
ORDER BY p6.title_key DESC, i6.article_id DESC
LIMIT ?3) AS a5;
