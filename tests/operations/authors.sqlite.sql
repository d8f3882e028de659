WITH l1 AS MATERIALIZED (SELECT u2.id AS c0, u2.name AS c1, replace(replace(s2.author_path, '{slug}', u2.slug), '{locale}', '') AS c2, u2.credentials AS c3, (SELECT count(*)
FROM publication_author AS i6
WHERE i6.starts_at <= ?3 AND (i6.ends_at IS NULL OR ?3 < i6.ends_at) AND i6.author_id = u2.id) AS c4
FROM author AS u2
CROSS JOIN site AS s2 ON s2.singleton
WHERE u2.deleted_at IS NULL
ORDER BY u2.article_count DESC, u2.name_key ASC, u2.id ASC
LIMIT ?1) SELECT *
FROM (SELECT 0 AS s0, (SELECT count(*)
FROM author AS u3
WHERE u3.deleted_at IS NULL) AS s1, NULL AS s2, NULL AS s3, NULL AS s4, NULL AS s5) AS a0
UNION ALL SELECT 1 AS s0, c0 AS s1, c1 AS s2, c2 AS s3, c3 AS s4, c4 AS s5
FROM l1
UNION ALL SELECT *
FROM (SELECT 2 AS s0, p.c0 AS s1, i4.published_at AS s2, i4.article_id AS s3, r4.title AS s4, NULL AS s5
FROM l1 AS p
CROSS JOIN publication_author AS i4
CROSS JOIN publication AS p4 ON p4.id = i4.publication_id
CROSS JOIN article_revision AS r4 ON r4.id = p4.revision_id
WHERE i4.rowid IN (SELECT i5.rowid
FROM publication_author AS i5
WHERE i5.author_id = p.c0 AND i5.starts_at <= ?3 AND (i5.ends_at IS NULL OR ?3 < i5.ends_at)
ORDER BY i5.published_at DESC, i5.article_id DESC
LIMIT ?2)) AS a2;
