WITH l1 AS MATERIALIZED (SELECT a2.id AS c0, r2.title AS c1, CASE WHEN a2.archived_at IS NOT NULL THEN 'ARCHIVED' WHEN p2.id IS NOT NULL THEN 'PUBLISHED' WHEN (SELECT z.starts_at
FROM publication AS z
WHERE z.article_id = a2.id AND z.starts_at > ?2
ORDER BY z.starts_at
LIMIT 1) IS NOT NULL THEN 'SCHEDULED' WHEN a2.first_published_at <= ?2 THEN 'UNPUBLISHED' ELSE 'DRAFT' END AS c2, a2.version AS c3, (p2.revision_id IS NULL OR p2.revision_id <> a2.head_id) AS c4, EXISTS (SELECT 1
FROM review AS z
WHERE z.article_id = a2.id AND z.closed_at IS NULL) AS c5, (EXISTS (SELECT 1
FROM article_revision AS z
WHERE z.article_id = a2.id AND z.number = 1 AND z.created_by_id = ?3) OR EXISTS (SELECT 1
FROM revision_contributor AS z
JOIN user_account AS y ON y.author_id = z.author_id
WHERE z.revision_id = a2.head_id AND y.id = ?3)) AS c6, (SELECT z.title
FROM article_revision AS z
WHERE z.id = a2.head_id) AS c7, (SELECT z.standfirst
FROM article_revision AS z
WHERE z.id = a2.head_id) AS c8, (SELECT z.body_text
FROM article_revision AS z
WHERE z.id = a2.head_id) AS c9, (SELECT z.body_blocks
FROM article_revision AS z
WHERE z.id = a2.head_id) AS c10, (SELECT z.author_id
FROM article_revision AS z
WHERE z.id = a2.head_id) AS c11, (SELECT z.lead_image_alt
FROM article_revision AS z
WHERE z.id = a2.head_id) AS c12, (SELECT z.copyright_holder
FROM article_revision AS z
WHERE z.id = a2.head_id) AS c13, (SELECT z.seo_title
FROM article_revision AS z
WHERE z.id = a2.head_id) AS c14, (WITH RECURSIVE dead(place, ids) AS (SELECT -1, ''
UNION ALL SELECT x.position, dead.ids || ' art_' || CAST(x.target_id AS text)
FROM dead
JOIN text_reference AS x ON x.owner_id = a2.head_id AND x.position = (SELECT min(y.position)
FROM text_reference AS y
WHERE y.position > dead.place AND y.owner_id = a2.head_id AND y.target_type = 'art' AND y.target_id <> a2.id AND NOT EXISTS (SELECT 1
FROM publication AS z
WHERE z.article_id = y.target_id AND z.starts_at <= ?2 AND (z.ends_at IS NULL OR ?2 < z.ends_at)))) SELECT dead.ids
FROM dead
ORDER BY dead.place DESC
LIMIT 1) AS c15, (WITH RECURSIVE line(id) AS (SELECT g.topic_id
FROM revision_topic AS g
WHERE g.revision_id = a2.head_id UNION SELECT h.parent_id
FROM line
JOIN topic AS h ON h.id = line.id
WHERE h.parent_id IS NOT NULL) SELECT z.slug
FROM disclaimer AS z
WHERE z.scope = 'TOPIC' AND (z.retired_at IS NULL OR ?2 < z.retired_at) AND EXISTS (SELECT 1
FROM disclaimer_version AS y
WHERE y.disclaimer_id = z.id AND y.effective_from <= ?2) AND EXISTS (SELECT 1
FROM disclaimer_topic AS y
JOIN line ON line.id = y.topic_id
WHERE y.disclaimer_id = z.id) AND NOT EXISTS (SELECT 1
FROM disclaimer_topic AS y
JOIN revision_topic AS x ON x.topic_id = y.topic_id
WHERE y.disclaimer_id = z.id AND x.revision_id = a2.head_id) AND NOT EXISTS (SELECT 1
FROM revision_disclaimer AS y
WHERE y.disclaimer_id = z.id AND y.revision_id = a2.head_id)
ORDER BY CASE z.placement WHEN 'BEFORE_BODY' THEN 0 ELSE 1 END, z.created_at, z.id
LIMIT 1) AS c16, a2.head_id AS c17, p2.id AS c18, (SELECT z.id
FROM publication AS z
WHERE z.article_id = a2.id AND z.starts_at <= ?5 AND (z.ends_at IS NULL OR ?5 < z.ends_at)) AS c19, (SELECT z.id
FROM review AS z
WHERE z.article_id = a2.id AND z.closed_at IS NULL) AS c20, (SELECT count(*)
FROM article_revision AS r13
CROSS JOIN article AS a13 ON a13.id = r13.article_id
WHERE a13.deleted_at IS NULL AND NOT (r13.autosave) AND r13.article_id = a2.id) AS c21
FROM article AS a2
CROSS JOIN article_revision AS r2 ON r2.id = a2.head_id
LEFT JOIN publication AS p2 ON p2.article_id = a2.id AND p2.starts_at <= ?2 AND (p2.ends_at IS NULL OR ?2 < p2.ends_at)
CROSS JOIN site AS s2 ON s2.singleton
WHERE r2.slug = ?1 AND a2.id IN (SELECT z.article_id
FROM article_slug AS z
WHERE z.slug = ?1) AND a2.locale = s2.default_locale AND a2.deleted_at IS NULL
LIMIT 1),
l2 AS MATERIALIZED (SELECT r3.id AS c0, r3.number AS c1, r3.title AS c2, r3.note AS c3, r3.slug AS c4, r3.standfirst AS c5, r3.body_markdown AS c6, r3.lead_image_alt AS c7, r3.lead_image_caption AS c8, r3.lead_image_credit AS c9, (SELECT z.slug
FROM article_revision AS z
WHERE z.id = COALESCE(?4, (SELECT y.id
FROM article_revision AS y
WHERE y.article_id = r3.article_id AND y.number < r3.number AND NOT (y.autosave)
ORDER BY y.number DESC
LIMIT 1)) AND z.article_id = r3.article_id) AS c10, (SELECT z.title
FROM article_revision AS z
WHERE z.id = COALESCE(?4, (SELECT y.id
FROM article_revision AS y
WHERE y.article_id = r3.article_id AND y.number < r3.number AND NOT (y.autosave)
ORDER BY y.number DESC
LIMIT 1)) AND z.article_id = r3.article_id) AS c11, (SELECT z.standfirst
FROM article_revision AS z
WHERE z.id = COALESCE(?4, (SELECT y.id
FROM article_revision AS y
WHERE y.article_id = r3.article_id AND y.number < r3.number AND NOT (y.autosave)
ORDER BY y.number DESC
LIMIT 1)) AND z.article_id = r3.article_id) AS c12, (SELECT z.body_markdown
FROM article_revision AS z
WHERE z.id = COALESCE(?4, (SELECT y.id
FROM article_revision AS y
WHERE y.article_id = r3.article_id AND y.number < r3.number AND NOT (y.autosave)
ORDER BY y.number DESC
LIMIT 1)) AND z.article_id = r3.article_id) AS c13, (SELECT z.lead_image_alt
FROM article_revision AS z
WHERE z.id = COALESCE(?4, (SELECT y.id
FROM article_revision AS y
WHERE y.article_id = r3.article_id AND y.number < r3.number AND NOT (y.autosave)
ORDER BY y.number DESC
LIMIT 1)) AND z.article_id = r3.article_id) AS c14, (SELECT z.lead_image_caption
FROM article_revision AS z
WHERE z.id = COALESCE(?4, (SELECT y.id
FROM article_revision AS y
WHERE y.article_id = r3.article_id AND y.number < r3.number AND NOT (y.autosave)
ORDER BY y.number DESC
LIMIT 1)) AND z.article_id = r3.article_id) AS c15, (SELECT z.lead_image_credit
FROM article_revision AS z
WHERE z.id = COALESCE(?4, (SELECT y.id
FROM article_revision AS y
WHERE y.article_id = r3.article_id AND y.number < r3.number AND NOT (y.autosave)
ORDER BY y.number DESC
LIMIT 1)) AND z.article_id = r3.article_id) AS c16
FROM article_revision AS r3
CROSS JOIN article AS a3 ON a3.id = r3.article_id
WHERE r3.id IN (SELECT c17
FROM l1) AND a3.deleted_at IS NULL),
l4 AS MATERIALIZED (SELECT p5.id AS c0, r5.number AS c1, r5.title AS c2
FROM publication AS p5
CROSS JOIN article_revision AS r5 ON r5.id = p5.revision_id
CROSS JOIN article AS a5 ON a5.id = r5.article_id
WHERE p5.id IN (SELECT c18
FROM l1) AND a5.deleted_at IS NULL),
l6 AS MATERIALIZED (SELECT p7.id AS c0, r7.number AS c1, r7.title AS c2
FROM publication AS p7
CROSS JOIN article_revision AS r7 ON r7.id = p7.revision_id
CROSS JOIN article AS a7 ON a7.id = r7.article_id
WHERE p7.id IN (SELECT c19
FROM l1) AND a7.deleted_at IS NULL),
l8 AS MATERIALIZED (SELECT y9.id AS c0, y9.note AS c1, y9.submitted_by_id AS c2, y9.revision_id AS c3
FROM review AS y9
WHERE y9.id IN (SELECT c20
FROM l1) AND 1 = 1) SELECT 1 AS s0, c0 AS s1, c1 AS s2, c2 AS s3, c3 AS s4, c4 AS s5, c5 AS s6, c6 AS s7, c7 AS s8, c8 AS s9, c9 AS s10, c10 AS s11, c11 AS s12, c12 AS s13, c13 AS s14, c14 AS s15, c15 AS s16, c16 AS s17, c17 AS s18, c18 AS s19, c19 AS s20, c20 AS s21, c21 AS s22
FROM l1
UNION ALL SELECT 2 AS s0, c0 AS s1, c1 AS s2, c2 AS s3, c3 AS s4, c4 AS s5, c5 AS s6, c6 AS s7, c7 AS s8, c8 AS s9, c9 AS s10, c10 AS s11, c11 AS s12, c12 AS s13, c13 AS s14, c14 AS s15, c15 AS s16, c16 AS s17, NULL AS s18, NULL AS s19, NULL AS s20, NULL AS s21, NULL AS s22
FROM l2
UNION ALL SELECT *
FROM (SELECT 3 AS s0, p.c0 AS s1, CASE d4.placement WHEN 'BEFORE_BODY' THEN 0 ELSE 1 END AS s2, d4.created_at AS s3, v4.id AS s4, v4.title AS s5, NULL AS s6, NULL AS s7, NULL AS s8, NULL AS s9, NULL AS s10, NULL AS s11, NULL AS s12, NULL AS s13, NULL AS s14, NULL AS s15, NULL AS s16, NULL AS s17, NULL AS s18, NULL AS s19, NULL AS s20, NULL AS s21, NULL AS s22
FROM l2 AS p
CROSS JOIN article_revision AS o4
CROSS JOIN disclaimer AS d4 ON d4.retired_at IS NULL AND (d4.scope = 'EVERY_ARTICLE' OR EXISTS (SELECT 1
FROM revision_disclaimer AS g
WHERE g.revision_id = o4.id AND g.disclaimer_id = d4.id) OR (d4.scope = 'TOPIC' AND EXISTS (SELECT 1
FROM disclaimer_topic AS g
JOIN revision_topic AS h ON h.topic_id = g.topic_id
WHERE g.disclaimer_id = d4.id AND h.revision_id = o4.id)) OR (d4.scope = 'AUTHOR' AND EXISTS (SELECT 1
FROM disclaimer_author AS g
JOIN revision_contributor AS h ON h.author_id = g.author_id
WHERE g.disclaimer_id = d4.id AND h.revision_id = o4.id)))
CROSS JOIN disclaimer_version AS v4 ON v4.id = (SELECT z.id
FROM disclaimer_version AS z
WHERE z.disclaimer_id = d4.id AND z.effective_from <= ?2
ORDER BY z.effective_from DESC, z.number DESC
LIMIT 1)
WHERE o4.id = p.c0) AS a3
UNION ALL SELECT 4 AS s0, c0 AS s1, c1 AS s2, c2 AS s3, NULL AS s4, NULL AS s5, NULL AS s6, NULL AS s7, NULL AS s8, NULL AS s9, NULL AS s10, NULL AS s11, NULL AS s12, NULL AS s13, NULL AS s14, NULL AS s15, NULL AS s16, NULL AS s17, NULL AS s18, NULL AS s19, NULL AS s20, NULL AS s21, NULL AS s22
FROM l4
UNION ALL SELECT *
FROM (SELECT 5 AS s0, p.c0 AS s1, j6.position AS s2, j6.version_id AS s3, v6.title AS s4, v6.number AS s5, NULL AS s6, NULL AS s7, NULL AS s8, NULL AS s9, NULL AS s10, NULL AS s11, NULL AS s12, NULL AS s13, NULL AS s14, NULL AS s15, NULL AS s16, NULL AS s17, NULL AS s18, NULL AS s19, NULL AS s20, NULL AS s21, NULL AS s22
FROM l4 AS p
CROSS JOIN publication_disclaimer AS j6
CROSS JOIN disclaimer_version AS v6 ON v6.id = j6.version_id
WHERE j6.publication_id = p.c0) AS a5
UNION ALL SELECT 6 AS s0, c0 AS s1, c1 AS s2, c2 AS s3, NULL AS s4, NULL AS s5, NULL AS s6, NULL AS s7, NULL AS s8, NULL AS s9, NULL AS s10, NULL AS s11, NULL AS s12, NULL AS s13, NULL AS s14, NULL AS s15, NULL AS s16, NULL AS s17, NULL AS s18, NULL AS s19, NULL AS s20, NULL AS s21, NULL AS s22
FROM l6
UNION ALL SELECT *
FROM (SELECT 7 AS s0, p.c0 AS s1, j8.position AS s2, j8.version_id AS s3, v8.title AS s4, v8.number AS s5, NULL AS s6, NULL AS s7, NULL AS s8, NULL AS s9, NULL AS s10, NULL AS s11, NULL AS s12, NULL AS s13, NULL AS s14, NULL AS s15, NULL AS s16, NULL AS s17, NULL AS s18, NULL AS s19, NULL AS s20, NULL AS s21, NULL AS s22
FROM l6 AS p
CROSS JOIN publication_disclaimer AS j8
CROSS JOIN disclaimer_version AS v8 ON v8.id = j8.version_id
WHERE j8.publication_id = p.c0) AS a7
UNION ALL SELECT 8 AS s0, c0 AS s1, c1 AS s2, c2 AS s3, c3 AS s4, NULL AS s5, NULL AS s6, NULL AS s7, NULL AS s8, NULL AS s9, NULL AS s10, NULL AS s11, NULL AS s12, NULL AS s13, NULL AS s14, NULL AS s15, NULL AS s16, NULL AS s17, NULL AS s18, NULL AS s19, NULL AS s20, NULL AS s21, NULL AS s22
FROM l8
UNION ALL SELECT *
FROM (SELECT 9 AS s0, w10.id AS s1, w10.name AS s2, NULL AS s3, NULL AS s4, NULL AS s5, NULL AS s6, NULL AS s7, NULL AS s8, NULL AS s9, NULL AS s10, NULL AS s11, NULL AS s12, NULL AS s13, NULL AS s14, NULL AS s15, NULL AS s16, NULL AS s17, NULL AS s18, NULL AS s19, NULL AS s20, NULL AS s21, NULL AS s22
FROM user_account AS w10
WHERE w10.id IN (SELECT c2
FROM l8) AND 1 = 1) AS a9
UNION ALL SELECT *
FROM (SELECT 10 AS s0, r11.id AS s1, r11.number AS s2, NULL AS s3, NULL AS s4, NULL AS s5, NULL AS s6, NULL AS s7, NULL AS s8, NULL AS s9, NULL AS s10, NULL AS s11, NULL AS s12, NULL AS s13, NULL AS s14, NULL AS s15, NULL AS s16, NULL AS s17, NULL AS s18, NULL AS s19, NULL AS s20, NULL AS s21, NULL AS s22
FROM article_revision AS r11
CROSS JOIN article AS a11 ON a11.id = r11.article_id
WHERE r11.id IN (SELECT c3
FROM l8) AND a11.deleted_at IS NULL) AS a10
UNION ALL SELECT *
FROM (SELECT 11 AS s0, r12.id AS s1, r12.number AS s2, r12.created_at AS s3, NULL AS s4, NULL AS s5, NULL AS s6, NULL AS s7, NULL AS s8, NULL AS s9, NULL AS s10, NULL AS s11, NULL AS s12, NULL AS s13, NULL AS s14, NULL AS s15, NULL AS s16, NULL AS s17, NULL AS s18, NULL AS s19, NULL AS s20, NULL AS s21, NULL AS s22
FROM article_revision AS r12
CROSS JOIN article AS a12 ON a12.id = r12.article_id
WHERE r12.article_id = (SELECT c0
FROM l1) AND a12.deleted_at IS NULL AND NOT (r12.autosave)
ORDER BY r12.number DESC, r12.id DESC
LIMIT ?6) AS a11;
