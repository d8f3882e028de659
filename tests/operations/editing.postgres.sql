WITH l1 AS MATERIALIZED (SELECT a2.id AS c0, r2.title AS c1, CASE WHEN a2.archived_at IS NOT NULL THEN 'ARCHIVED' WHEN p2.id IS NOT NULL THEN 'PUBLISHED' WHEN (SELECT z.starts_at
FROM publication AS z
WHERE z.article_id = a2.id AND z.starts_at > $2::timestamptz
ORDER BY z.starts_at
LIMIT 1) IS NOT NULL THEN 'SCHEDULED' WHEN a2.first_published_at <= $2::timestamptz THEN 'UNPUBLISHED' ELSE 'DRAFT' END AS c2, a2.version AS c3, (p2.revision_id IS NULL OR p2.revision_id <> a2.head_id) AS c4, EXISTS (SELECT 1
FROM review AS z
WHERE z.article_id = a2.id AND z.closed_at IS NULL) AS c5, (EXISTS (SELECT 1
FROM article_revision AS z
WHERE z.article_id = a2.id AND z.number = 1 AND z.created_by_id = $3::uuid) OR EXISTS (SELECT 1
FROM revision_contributor AS z
JOIN user_account AS y ON y.author_id = z.author_id
WHERE z.revision_id = a2.head_id AND y.id = $3::uuid)) AS c6, (SELECT z.title
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
WHERE z.article_id = y.target_id AND z.starts_at <= $2::timestamptz AND (z.ends_at IS NULL OR $2::timestamptz < z.ends_at)))) SELECT dead.ids
FROM dead
ORDER BY dead.place DESC
LIMIT 1) AS c15, (WITH RECURSIVE line(id) AS (SELECT g.topic_id
FROM revision_topic AS g
WHERE g.revision_id = a2.head_id UNION SELECT h.parent_id
FROM line
JOIN topic AS h ON h.id = line.id
WHERE h.parent_id IS NOT NULL) SELECT z.slug
FROM disclaimer AS z
WHERE z.scope = 'TOPIC' AND (z.retired_at IS NULL OR $2::timestamptz < z.retired_at) AND EXISTS (SELECT 1
FROM disclaimer_version AS y
WHERE y.disclaimer_id = z.id AND y.effective_from <= $2::timestamptz) AND EXISTS (SELECT 1
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
WHERE z.article_id = a2.id AND z.starts_at <= $5::timestamptz AND (z.ends_at IS NULL OR $5::timestamptz < z.ends_at)) AS c19, (SELECT z.id
FROM review AS z
WHERE z.article_id = a2.id AND z.closed_at IS NULL) AS c20, (SELECT count(*)
FROM article_revision AS r13
JOIN article AS a13 ON a13.id = r13.article_id
WHERE a13.deleted_at IS NULL AND NOT (r13.autosave) AND r13.article_id = a2.id) AS c21
FROM article AS a2
JOIN article_revision AS r2 ON r2.id = a2.head_id
LEFT JOIN publication AS p2 ON p2.article_id = a2.id AND p2.starts_at <= $2::timestamptz AND (p2.ends_at IS NULL OR $2::timestamptz < p2.ends_at)
JOIN site AS s2 ON s2.singleton
WHERE r2.slug = $1::text AND a2.id IN (SELECT z.article_id
FROM article_slug AS z
WHERE z.slug = $1::text) AND a2.locale = s2.default_locale AND a2.deleted_at IS NULL
LIMIT 1),
l2 AS MATERIALIZED (SELECT r3.id AS c0, r3.number AS c1, r3.title AS c2, r3.note AS c3, r3.slug AS c4, r3.standfirst AS c5, r3.body_markdown AS c6, r3.lead_image_alt AS c7, r3.lead_image_caption AS c8, r3.lead_image_credit AS c9, (SELECT z.slug
FROM article_revision AS z
WHERE z.id = COALESCE($4::uuid, (SELECT y.id
FROM article_revision AS y
WHERE y.article_id = r3.article_id AND y.number < r3.number AND NOT (y.autosave)
ORDER BY y.number DESC
LIMIT 1)) AND z.article_id = r3.article_id) AS c10, (SELECT z.title
FROM article_revision AS z
WHERE z.id = COALESCE($4::uuid, (SELECT y.id
FROM article_revision AS y
WHERE y.article_id = r3.article_id AND y.number < r3.number AND NOT (y.autosave)
ORDER BY y.number DESC
LIMIT 1)) AND z.article_id = r3.article_id) AS c11, (SELECT z.standfirst
FROM article_revision AS z
WHERE z.id = COALESCE($4::uuid, (SELECT y.id
FROM article_revision AS y
WHERE y.article_id = r3.article_id AND y.number < r3.number AND NOT (y.autosave)
ORDER BY y.number DESC
LIMIT 1)) AND z.article_id = r3.article_id) AS c12, (SELECT z.body_markdown
FROM article_revision AS z
WHERE z.id = COALESCE($4::uuid, (SELECT y.id
FROM article_revision AS y
WHERE y.article_id = r3.article_id AND y.number < r3.number AND NOT (y.autosave)
ORDER BY y.number DESC
LIMIT 1)) AND z.article_id = r3.article_id) AS c13, (SELECT z.lead_image_alt
FROM article_revision AS z
WHERE z.id = COALESCE($4::uuid, (SELECT y.id
FROM article_revision AS y
WHERE y.article_id = r3.article_id AND y.number < r3.number AND NOT (y.autosave)
ORDER BY y.number DESC
LIMIT 1)) AND z.article_id = r3.article_id) AS c14, (SELECT z.lead_image_caption
FROM article_revision AS z
WHERE z.id = COALESCE($4::uuid, (SELECT y.id
FROM article_revision AS y
WHERE y.article_id = r3.article_id AND y.number < r3.number AND NOT (y.autosave)
ORDER BY y.number DESC
LIMIT 1)) AND z.article_id = r3.article_id) AS c15, (SELECT z.lead_image_credit
FROM article_revision AS z
WHERE z.id = COALESCE($4::uuid, (SELECT y.id
FROM article_revision AS y
WHERE y.article_id = r3.article_id AND y.number < r3.number AND NOT (y.autosave)
ORDER BY y.number DESC
LIMIT 1)) AND z.article_id = r3.article_id) AS c16
FROM article_revision AS r3
JOIN article AS a3 ON a3.id = r3.article_id
WHERE r3.id IN (SELECT c17
FROM l1) AND a3.deleted_at IS NULL),
l4 AS MATERIALIZED (SELECT p5.id AS c0, r5.number AS c1, r5.title AS c2
FROM publication AS p5
JOIN article_revision AS r5 ON r5.id = p5.revision_id
JOIN article AS a5 ON a5.id = r5.article_id
WHERE p5.id IN (SELECT c18
FROM l1) AND a5.deleted_at IS NULL),
l6 AS MATERIALIZED (SELECT p7.id AS c0, r7.number AS c1, r7.title AS c2
FROM publication AS p7
JOIN article_revision AS r7 ON r7.id = p7.revision_id
JOIN article AS a7 ON a7.id = r7.article_id
WHERE p7.id IN (SELECT c19
FROM l1) AND a7.deleted_at IS NULL),
l8 AS MATERIALIZED (SELECT y9.id AS c0, y9.note AS c1, y9.submitted_by_id AS c2, y9.revision_id AS c3
FROM review AS y9
WHERE y9.id IN (SELECT c20
FROM l1) AND 1 = 1) SELECT 1 AS s0, c0::text AS s1, c1 AS s2, c2 AS s3, c3 AS s4, c4 AS s5, c5 AS s6, c6 AS s7, c7 AS s8, c8 AS s9, c9 AS s10, c10 AS s11, c11::text AS s12, c12 AS s13, c13 AS s14, c14 AS s15, c15 AS s16, c16 AS s17, c17::text AS s18, c18::text AS s19, c19::text AS s20, c20::text AS s21, c21 AS s22, NULL::timestamptz AS s23
FROM l1
UNION ALL SELECT 2 AS s0, c0::text AS s1, c2 AS s2, c3 AS s3, c1 AS s4, NULL::bool AS s5, NULL::bool AS s6, NULL::bool AS s7, c4 AS s8, c5 AS s9, c6 AS s10, c7 AS s11, c8 AS s12, c9 AS s13, c10 AS s14, c11 AS s15, c12 AS s16, c13 AS s17, c14 AS s18, c15 AS s19, c16 AS s20, NULL::text AS s21, NULL::int8 AS s22, NULL::timestamptz AS s23
FROM l2
UNION ALL SELECT *
FROM (SELECT x.*
FROM l2 AS p
CROSS JOIN LATERAL (SELECT 3 AS s0, p.c0::text AS s1, v4.title AS s2, NULL::text AS s3, NULL::int8 AS s4, NULL::bool AS s5, NULL::bool AS s6, NULL::bool AS s7, NULL::text AS s8, NULL::text AS s9, NULL::text AS s10, NULL::text AS s11, NULL::text AS s12, NULL::text AS s13, NULL::text AS s14, NULL::text AS s15, NULL::text AS s16, NULL::text AS s17, NULL::text AS s18, NULL::text AS s19, NULL::text AS s20, NULL::text AS s21, NULL::int8 AS s22, NULL::timestamptz AS s23
FROM article_revision AS o4
JOIN disclaimer AS d4 ON d4.retired_at IS NULL AND (d4.scope = 'EVERY_ARTICLE' OR EXISTS (SELECT 1
FROM revision_disclaimer AS g
WHERE g.revision_id = o4.id AND g.disclaimer_id = d4.id) OR (d4.scope = 'TOPIC' AND EXISTS (SELECT 1
FROM disclaimer_topic AS g
JOIN revision_topic AS h ON h.topic_id = g.topic_id
WHERE g.disclaimer_id = d4.id AND h.revision_id = o4.id)) OR (d4.scope = 'AUTHOR' AND EXISTS (SELECT 1
FROM disclaimer_author AS g
JOIN revision_contributor AS h ON h.author_id = g.author_id
WHERE g.disclaimer_id = d4.id AND h.revision_id = o4.id)))
JOIN disclaimer_version AS v4 ON v4.id = (SELECT z.id
FROM disclaimer_version AS z
WHERE z.disclaimer_id = d4.id AND z.effective_from <= $2::timestamptz
ORDER BY z.effective_from DESC, z.number DESC
LIMIT 1)
WHERE o4.id = p.c0
ORDER BY CASE d4.placement WHEN 'BEFORE_BODY' THEN 0 ELSE 1 END ASC, d4.created_at ASC, v4.id ASC
LIMIT 30) AS x) AS a3
UNION ALL SELECT 4 AS s0, c0::text AS s1, c2 AS s2, NULL::text AS s3, c1 AS s4, NULL::bool AS s5, NULL::bool AS s6, NULL::bool AS s7, NULL::text AS s8, NULL::text AS s9, NULL::text AS s10, NULL::text AS s11, NULL::text AS s12, NULL::text AS s13, NULL::text AS s14, NULL::text AS s15, NULL::text AS s16, NULL::text AS s17, NULL::text AS s18, NULL::text AS s19, NULL::text AS s20, NULL::text AS s21, NULL::int8 AS s22, NULL::timestamptz AS s23
FROM l4
UNION ALL SELECT *
FROM (SELECT x.*
FROM l4 AS p
CROSS JOIN LATERAL (SELECT 5 AS s0, p.c0::text AS s1, v6.title AS s2, NULL::text AS s3, v6.number AS s4, NULL::bool AS s5, NULL::bool AS s6, NULL::bool AS s7, NULL::text AS s8, NULL::text AS s9, NULL::text AS s10, NULL::text AS s11, NULL::text AS s12, NULL::text AS s13, NULL::text AS s14, NULL::text AS s15, NULL::text AS s16, NULL::text AS s17, NULL::text AS s18, NULL::text AS s19, NULL::text AS s20, NULL::text AS s21, NULL::int8 AS s22, NULL::timestamptz AS s23
FROM publication_disclaimer AS j6
JOIN disclaimer_version AS v6 ON v6.id = j6.version_id
WHERE j6.publication_id = p.c0
ORDER BY j6.position ASC, j6.version_id ASC
LIMIT 30) AS x) AS a5
UNION ALL SELECT 6 AS s0, c0::text AS s1, c2 AS s2, NULL::text AS s3, c1 AS s4, NULL::bool AS s5, NULL::bool AS s6, NULL::bool AS s7, NULL::text AS s8, NULL::text AS s9, NULL::text AS s10, NULL::text AS s11, NULL::text AS s12, NULL::text AS s13, NULL::text AS s14, NULL::text AS s15, NULL::text AS s16, NULL::text AS s17, NULL::text AS s18, NULL::text AS s19, NULL::text AS s20, NULL::text AS s21, NULL::int8 AS s22, NULL::timestamptz AS s23
FROM l6
UNION ALL SELECT *
FROM (SELECT x.*
FROM l6 AS p
CROSS JOIN LATERAL (SELECT 7 AS s0, p.c0::text AS s1, v8.title AS s2, NULL::text AS s3, v8.number AS s4, NULL::bool AS s5, NULL::bool AS s6, NULL::bool AS s7, NULL::text AS s8, NULL::text AS s9, NULL::text AS s10, NULL::text AS s11, NULL::text AS s12, NULL::text AS s13, NULL::text AS s14, NULL::text AS s15, NULL::text AS s16, NULL::text AS s17, NULL::text AS s18, NULL::text AS s19, NULL::text AS s20, NULL::text AS s21, NULL::int8 AS s22, NULL::timestamptz AS s23
FROM publication_disclaimer AS j8
JOIN disclaimer_version AS v8 ON v8.id = j8.version_id
WHERE j8.publication_id = p.c0
ORDER BY j8.position ASC, j8.version_id ASC
LIMIT 30) AS x) AS a7
UNION ALL SELECT 8 AS s0, c0::text AS s1, c1 AS s2, c2::text AS s3, NULL::int8 AS s4, NULL::bool AS s5, NULL::bool AS s6, NULL::bool AS s7, c3::text AS s8, NULL::text AS s9, NULL::text AS s10, NULL::text AS s11, NULL::text AS s12, NULL::text AS s13, NULL::text AS s14, NULL::text AS s15, NULL::text AS s16, NULL::text AS s17, NULL::text AS s18, NULL::text AS s19, NULL::text AS s20, NULL::text AS s21, NULL::int8 AS s22, NULL::timestamptz AS s23
FROM l8
UNION ALL SELECT *
FROM (SELECT 9 AS s0, w10.id::text AS s1, w10.name AS s2, NULL::text AS s3, NULL::int8 AS s4, NULL::bool AS s5, NULL::bool AS s6, NULL::bool AS s7, NULL::text AS s8, NULL::text AS s9, NULL::text AS s10, NULL::text AS s11, NULL::text AS s12, NULL::text AS s13, NULL::text AS s14, NULL::text AS s15, NULL::text AS s16, NULL::text AS s17, NULL::text AS s18, NULL::text AS s19, NULL::text AS s20, NULL::text AS s21, NULL::int8 AS s22, NULL::timestamptz AS s23
FROM user_account AS w10
WHERE w10.id IN (SELECT c2
FROM l8) AND 1 = 1) AS a9
UNION ALL SELECT *
FROM (SELECT 10 AS s0, r11.id::text AS s1, NULL::text AS s2, NULL::text AS s3, r11.number AS s4, NULL::bool AS s5, NULL::bool AS s6, NULL::bool AS s7, NULL::text AS s8, NULL::text AS s9, NULL::text AS s10, NULL::text AS s11, NULL::text AS s12, NULL::text AS s13, NULL::text AS s14, NULL::text AS s15, NULL::text AS s16, NULL::text AS s17, NULL::text AS s18, NULL::text AS s19, NULL::text AS s20, NULL::text AS s21, NULL::int8 AS s22, NULL::timestamptz AS s23
FROM article_revision AS r11
JOIN article AS a11 ON a11.id = r11.article_id
WHERE r11.id IN (SELECT c3
FROM l8) AND a11.deleted_at IS NULL) AS a10
UNION ALL SELECT *
FROM (SELECT x.*
FROM l1 AS p
CROSS JOIN LATERAL (SELECT 11 AS s0, p.c0::text AS s1, NULL::text AS s2, NULL::text AS s3, r12.number AS s4, NULL::bool AS s5, NULL::bool AS s6, NULL::bool AS s7, NULL::text AS s8, NULL::text AS s9, NULL::text AS s10, NULL::text AS s11, NULL::text AS s12, NULL::text AS s13, NULL::text AS s14, NULL::text AS s15, NULL::text AS s16, NULL::text AS s17, NULL::text AS s18, NULL::text AS s19, NULL::text AS s20, NULL::text AS s21, NULL::int8 AS s22, r12.created_at AS s23
FROM article_revision AS r12
JOIN article AS a12 ON a12.id = r12.article_id
WHERE r12.article_id = p.c0 AND a12.deleted_at IS NULL AND NOT (r12.autosave)
ORDER BY r12.number DESC, r12.id DESC
LIMIT $6::int8) AS x) AS a11;
