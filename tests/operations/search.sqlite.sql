WITH l1 AS MATERIALIZED (SELECT p2.article_id AS c0, r2.title AS c1, a2.locale AS c2, r2.id AS c3
FROM publication AS p2
CROSS JOIN article AS a2 ON a2.id = p2.article_id
CROSS JOIN article_revision AS r2 ON r2.id = p2.revision_id
WHERE p2.starts_at <= ?2 AND (p2.ends_at IS NULL OR ?2 < p2.ends_at) AND ((r2.title_key LIKE ?3 ESCAPE '\') OR (r2.id IN (SELECT link4.revision_id
FROM revision_contributor AS link4
WHERE link4.author_id IN (SELECT u3.id
FROM author AS u3
WHERE u3.deleted_at IS NULL AND u3.name_key LIKE ?4 ESCAPE '\')))) AND (lower(a2.locale) = ?5) IS NOT TRUE AND r2.id IN (SELECT link6.revision_id
FROM revision_topic AS link6
WHERE link6.topic_id IN (SELECT t5.id
FROM topic AS t5
WHERE t5.deleted_at IS NULL AND t5.slug IN (SELECT value
FROM json_each(?6))))
ORDER BY p2.published_at DESC, p2.article_id DESC
LIMIT ?1) SELECT *
FROM (SELECT 0 AS s0, (SELECT count(*)
FROM publication AS p7
CROSS JOIN article AS a7 ON a7.id = p7.article_id
CROSS JOIN article_revision AS r7 ON r7.id = p7.revision_id
WHERE p7.starts_at <= ?2 AND (p7.ends_at IS NULL OR ?2 < p7.ends_at) AND ((r7.title_key LIKE ?7 ESCAPE '\') OR (r7.id IN (SELECT link9.revision_id
FROM revision_contributor AS link9
WHERE link9.author_id IN (SELECT u8.id
FROM author AS u8
WHERE u8.deleted_at IS NULL AND u8.name_key LIKE ?8 ESCAPE '\')))) AND (lower(a7.locale) = ?9) IS NOT TRUE AND r7.id IN (SELECT link11.revision_id
FROM revision_topic AS link11
WHERE link11.topic_id IN (SELECT t10.id
FROM topic AS t10
WHERE t10.deleted_at IS NULL AND t10.slug IN (SELECT value
FROM json_each(?10))))) AS s1, NULL AS s2, NULL AS s3, NULL AS s4) AS a0
UNION ALL SELECT 1 AS s0, c0 AS s1, c1 AS s2, c2 AS s3, c3 AS s4
FROM l1
UNION ALL SELECT *
FROM (SELECT 2 AS s0, p.c3 AS s1, n12.position AS s2, n12.topic_id AS s3, t12.name AS s4
FROM l1 AS p
CROSS JOIN revision_topic AS n12
CROSS JOIN topic AS t12 ON t12.id = n12.topic_id
WHERE n12.revision_id = p.c3 AND t12.deleted_at IS NULL) AS a2
UNION ALL SELECT *
FROM (SELECT 3 AS s0, p.c3 AS s1, c13.position AS s2, c13.id AS s3, c13.credited_as AS s4
FROM l1 AS p
CROSS JOIN revision_contributor AS c13
WHERE c13.revision_id = p.c3 AND EXISTS (SELECT 1
FROM author AS z
WHERE z.id = c13.author_id AND z.deleted_at IS NULL) AND c13.role = ?11) AS a3;
