WITH l2 AS MATERIALIZED (SELECT p3.article_id AS c0, r3.title AS c1, replace(replace(s3.article_path, '{slug}', r3.slug), '{locale}', a3.locale) AS c2, r3.standfirst AS c3, p3.published_at AS c4, a3.comment_count AS c5, r3.author_id AS c6, (SELECT z.id
FROM media AS z
WHERE z.id = r3.lead_image_id AND z.deleted_at IS NULL) AS c7, r3.lead_image_alt AS c8, r3.lead_image_id AS c9
FROM publication AS p3
CROSS JOIN article AS a3 ON a3.id = p3.article_id
CROSS JOIN article_revision AS r3 ON r3.id = p3.revision_id
CROSS JOIN site AS s3 ON s3.singleton
WHERE p3.starts_at <= ?2 AND (p3.ends_at IS NULL OR ?2 < p3.ends_at) AND lower(a3.locale) = ?3
ORDER BY p3.published_at DESC, p3.article_id DESC
LIMIT ?1),
l5 AS MATERIALIZED (SELECT t6.id AS c0, t6.name AS c1
FROM topic AS t6
WHERE t6.slug = ?4 AND t6.deleted_at IS NULL
LIMIT 1),
l6 AS MATERIALIZED (SELECT i7.article_id AS c0, r7.title AS c1, replace(replace(s7.article_path, '{slug}', r7.slug), '{locale}', a7.locale) AS c2, r7.standfirst AS c3, i7.published_at AS c4, a7.comment_count AS c5, r7.author_id AS c6, (SELECT z.id
FROM media AS z
WHERE z.id = r7.lead_image_id AND z.deleted_at IS NULL) AS c7, r7.lead_image_alt AS c8, r7.lead_image_id AS c9
FROM publication_topic AS i7
CROSS JOIN publication AS p7 ON p7.id = i7.publication_id
CROSS JOIN article AS a7 ON a7.id = i7.article_id
CROSS JOIN article_revision AS r7 ON r7.id = p7.revision_id
CROSS JOIN site AS s7 ON s7.singleton
WHERE i7.topic_id = (SELECT c0
FROM l5) AND i7.starts_at <= ?2 AND (i7.ends_at IS NULL OR ?2 < i7.ends_at)
ORDER BY i7.published_at DESC, i7.article_id DESC
LIMIT ?5),
l9 AS MATERIALIZED (SELECT t10.id AS c0, t10.name AS c1
FROM topic AS t10
WHERE t10.slug = ?6 AND t10.deleted_at IS NULL
LIMIT 1),
l10 AS MATERIALIZED (SELECT i11.article_id AS c0, r11.title AS c1, replace(replace(s11.article_path, '{slug}', r11.slug), '{locale}', a11.locale) AS c2, r11.standfirst AS c3, i11.published_at AS c4, a11.comment_count AS c5, r11.author_id AS c6, (SELECT z.id
FROM media AS z
WHERE z.id = r11.lead_image_id AND z.deleted_at IS NULL) AS c7, r11.lead_image_alt AS c8, r11.lead_image_id AS c9
FROM publication_topic AS i11
CROSS JOIN publication AS p11 ON p11.id = i11.publication_id
CROSS JOIN article AS a11 ON a11.id = i11.article_id
CROSS JOIN article_revision AS r11 ON r11.id = p11.revision_id
CROSS JOIN site AS s11 ON s11.singleton
WHERE i11.topic_id = (SELECT c0
FROM l9) AND i11.starts_at <= ?2 AND (i11.ends_at IS NULL OR ?2 < i11.ends_at)
ORDER BY i11.published_at DESC, i11.article_id DESC
LIMIT ?7) SELECT *
FROM (SELECT 1 AS s0, s2.id AS s1, s2.name AS s2, s2.description AS s3, s2.url AS s4, s2.locales AS s5, s2.default_locale AS s6, NULL AS s7, NULL AS s8, NULL AS s9, NULL AS s10
FROM site AS s2
WHERE 1 = 1
LIMIT 1) AS a1
UNION ALL SELECT 2 AS s0, c0 AS s1, c1 AS s2, c2 AS s3, c3 AS s4, c4 AS s5, c5 AS s6, c6 AS s7, c7 AS s8, c8 AS s9, c9 AS s10
FROM l2
UNION ALL SELECT *
FROM (SELECT 3 AS s0, u4.id AS s1, u4.name AS s2, NULL AS s3, NULL AS s4, NULL AS s5, NULL AS s6, NULL AS s7, NULL AS s8, NULL AS s9, NULL AS s10
FROM author AS u4
WHERE u4.id IN (SELECT c6
FROM l2) AND u4.deleted_at IS NULL) AS a3
UNION ALL SELECT *
FROM (SELECT 4 AS s0, m5.id AS s1, m5.storage_key AS s2, m5.placeholder AS s3, NULL AS s4, NULL AS s5, NULL AS s6, NULL AS s7, NULL AS s8, NULL AS s9, NULL AS s10
FROM media AS m5
WHERE m5.id IN (SELECT c9
FROM l2) AND m5.deleted_at IS NULL) AS a4
UNION ALL SELECT 5 AS s0, c0 AS s1, c1 AS s2, NULL AS s3, NULL AS s4, NULL AS s5, NULL AS s6, NULL AS s7, NULL AS s8, NULL AS s9, NULL AS s10
FROM l5
UNION ALL SELECT 6 AS s0, c0 AS s1, c1 AS s2, c2 AS s3, c3 AS s4, c4 AS s5, c5 AS s6, c6 AS s7, c7 AS s8, c8 AS s9, c9 AS s10
FROM l6
UNION ALL SELECT *
FROM (SELECT 7 AS s0, u8.id AS s1, u8.name AS s2, NULL AS s3, NULL AS s4, NULL AS s5, NULL AS s6, NULL AS s7, NULL AS s8, NULL AS s9, NULL AS s10
FROM author AS u8
WHERE u8.id IN (SELECT c6
FROM l6) AND u8.deleted_at IS NULL) AS a7
UNION ALL SELECT *
FROM (SELECT 8 AS s0, m9.id AS s1, m9.storage_key AS s2, m9.placeholder AS s3, NULL AS s4, NULL AS s5, NULL AS s6, NULL AS s7, NULL AS s8, NULL AS s9, NULL AS s10
FROM media AS m9
WHERE m9.id IN (SELECT c9
FROM l6) AND m9.deleted_at IS NULL) AS a8
UNION ALL SELECT 9 AS s0, c0 AS s1, c1 AS s2, NULL AS s3, NULL AS s4, NULL AS s5, NULL AS s6, NULL AS s7, NULL AS s8, NULL AS s9, NULL AS s10
FROM l9
UNION ALL SELECT 10 AS s0, c0 AS s1, c1 AS s2, c2 AS s3, c3 AS s4, c4 AS s5, c5 AS s6, c6 AS s7, c7 AS s8, c8 AS s9, c9 AS s10
FROM l10
UNION ALL SELECT *
FROM (SELECT 11 AS s0, u12.id AS s1, u12.name AS s2, NULL AS s3, NULL AS s4, NULL AS s5, NULL AS s6, NULL AS s7, NULL AS s8, NULL AS s9, NULL AS s10
FROM author AS u12
WHERE u12.id IN (SELECT c6
FROM l10) AND u12.deleted_at IS NULL) AS a11
UNION ALL SELECT *
FROM (SELECT 12 AS s0, m13.id AS s1, m13.storage_key AS s2, m13.placeholder AS s3, NULL AS s4, NULL AS s5, NULL AS s6, NULL AS s7, NULL AS s8, NULL AS s9, NULL AS s10
FROM media AS m13
WHERE m13.id IN (SELECT c9
FROM l10) AND m13.deleted_at IS NULL) AS a12;
