WITH l1 AS MATERIALIZED (SELECT p2.article_id AS c0, r2.title AS c1, r2.standfirst AS c2, p2.published_at AS c3, r2.word_count AS c4, r2.body_html AS c5, r2.id AS c6, (SELECT z.id
FROM media AS z
WHERE z.id = r2.lead_image_id AND z.deleted_at IS NULL) AS c7, r2.lead_image_alt AS c8, r2.lead_image_caption AS c9, r2.lead_image_credit AS c10, r2.lead_image_id AS c11, p2.id AS c12, r2.copyright_holder AS c13, r2.copyright_year AS c14, r2.copyright_statement AS c15, r2.copyright_license_url AS c16, COALESCE(r2.seo_title, r2.title) AS c17, COALESCE(r2.seo_description, r2.standfirst) AS c18, COALESCE(r2.seo_canonical_url, s2.url || replace(replace(s2.article_path, '{slug}', r2.slug), '{locale}', a2.locale)) AS c19, (r2.seo_no_index IS NOT NULL AND r2.seo_no_index) AS c20, a2.locale AS c21, p2.starts_at AS c22, (SELECT z.name
FROM author AS z
WHERE z.id = r2.author_id AND z.deleted_at IS NULL) AS c23, (SELECT z.storage_key
FROM media AS z
WHERE z.id = r2.lead_image_id AND z.deleted_at IS NULL) AS c24, s2.name AS c25, COALESCE(a2.comments_open, s2.comments_open) AS c26, COALESCE(a2.comments_close_at, s2.comments_close_at) AS c27, COALESCE(a2.comments_close_after_days, s2.comments_close_after_days) AS c28, COALESCE(a2.comments_max_depth, s2.comments_max_depth) AS c29, COALESCE(a2.comments_max_length, s2.comments_max_length) AS c30, COALESCE(a2.comments_required_fields, s2.comments_required_fields) AS c31, (SELECT z.id
FROM policy_version AS z
WHERE z.kind = 'TERMS' AND z.effective_from <= ?3
ORDER BY z.effective_from DESC, z.number DESC
LIMIT 1) AS c32, a2.comment_count AS c33, (SELECT count(*)
FROM comment AS c17
WHERE (c17.is_listed) AND c17.parent_id IS NULL AND c17.article_id = p2.article_id) AS c34
FROM publication AS p2
CROSS JOIN article AS a2 ON a2.id = p2.article_id
CROSS JOIN article_revision AS r2 ON r2.id = p2.revision_id
CROSS JOIN site AS s2 ON s2.singleton
WHERE replace(replace(s2.article_path, '{slug}', r2.slug), '{locale}', a2.locale) = ?1 AND p2.slug IN (SELECT value
FROM json_each(?2)) AND p2.starts_at <= ?3 AND (p2.ends_at IS NULL OR ?3 < p2.ends_at)
LIMIT 1),
l2 AS MATERIALIZED (SELECT p.c6 AS c0, x3.position AS c1, CASE WHEN x3.target_type = 'med' THEN x3.target_id END AS c2, CASE WHEN x3.target_type = 'art' THEN x3.target_id END AS c3
FROM l1 AS p
CROSS JOIN text_reference AS x3
WHERE x3.owner_id = p.c6 AND x3.position >= 0),
l6 AS MATERIALIZED (SELECT p.c6 AS c0, c7.position AS c1, c7.id AS c2, c7.role AS c3, c7.credited_as AS c4, c7.author_id AS c5
FROM l1 AS p
CROSS JOIN revision_contributor AS c7
WHERE c7.revision_id = p.c6 AND EXISTS (SELECT 1
FROM author AS z
WHERE z.id = c7.author_id AND z.deleted_at IS NULL)),
l7 AS MATERIALIZED (SELECT u8.id AS c0, u8.name AS c1, replace(replace(s8.author_path, '{slug}', u8.slug), '{locale}', '') AS c2, u8.avatar_id AS c3, u8.bio_html AS c4, u8.bio_text AS c5
FROM author AS u8
CROSS JOIN site AS s8 ON s8.singleton
WHERE u8.id IN (SELECT c5
FROM l6) AND u8.deleted_at IS NULL),
l15 AS MATERIALIZED (SELECT c16.id AS c0, CASE WHEN (c16.status = 'APPROVED' OR (1 = 0 AND c16.erased_at IS NULL)) THEN c16.author_name END AS c1, c16.by_contributor AS c2, c16.created_at AS c3, CASE WHEN c16.status = 'APPROVED' OR 1 = 0 THEN c16.status ELSE 'DELETED' END AS c4, c16.body_html AS c5, c16.reply_count AS c6, c16.like_count AS c7, c16.helpful_count AS c8, c16.thanks_count AS c9, (SELECT z.reaction
FROM comment_reaction AS z
WHERE z.comment_id = c16.id AND z.reader_hash = ?8) AS c10, (SELECT count(*)
FROM comment AS c20
WHERE (c20.is_listed) AND c20.parent_id = c16.id) AS c11
FROM comment AS c16
WHERE c16.article_id = (SELECT c0
FROM l1) AND (c16.is_listed) AND c16.parent_id IS NULL
ORDER BY c16.created_at ASC, c16.id ASC
LIMIT ?7) SELECT 1 AS s0, c0 AS s1, c1 AS s2, c2 AS s3, c3 AS s4, c4 AS s5, c5 AS s6, c6 AS s7, c7 AS s8, c8 AS s9, c9 AS s10, c10 AS s11, c11 AS s12, c12 AS s13, c13 AS s14, c14 AS s15, c15 AS s16, c16 AS s17, c17 AS s18, c18 AS s19, c19 AS s20, c20 AS s21, c21 AS s22, c22 AS s23, c23 AS s24, c24 AS s25, c25 AS s26, c26 AS s27, c27 AS s28, c28 AS s29, c29 AS s30, c30 AS s31, c31 AS s32, c32 AS s33, c33 AS s34, c34 AS s35
FROM l1
UNION ALL SELECT 2 AS s0, c0 AS s1, c1 AS s2, c2 AS s3, c3 AS s4, NULL AS s5, NULL AS s6, NULL AS s7, NULL AS s8, NULL AS s9, NULL AS s10, NULL AS s11, NULL AS s12, NULL AS s13, NULL AS s14, NULL AS s15, NULL AS s16, NULL AS s17, NULL AS s18, NULL AS s19, NULL AS s20, NULL AS s21, NULL AS s22, NULL AS s23, NULL AS s24, NULL AS s25, NULL AS s26, NULL AS s27, NULL AS s28, NULL AS s29, NULL AS s30, NULL AS s31, NULL AS s32, NULL AS s33, NULL AS s34, NULL AS s35
FROM l2
UNION ALL SELECT *
FROM (SELECT 3 AS s0, m4.id AS s1, NULL AS s2, NULL AS s3, NULL AS s4, NULL AS s5, NULL AS s6, NULL AS s7, NULL AS s8, NULL AS s9, NULL AS s10, NULL AS s11, NULL AS s12, NULL AS s13, NULL AS s14, NULL AS s15, NULL AS s16, NULL AS s17, NULL AS s18, NULL AS s19, NULL AS s20, NULL AS s21, NULL AS s22, NULL AS s23, NULL AS s24, NULL AS s25, NULL AS s26, NULL AS s27, NULL AS s28, NULL AS s29, NULL AS s30, NULL AS s31, NULL AS s32, NULL AS s33, NULL AS s34, NULL AS s35
FROM media AS m4
WHERE m4.id IN (SELECT c2
FROM l2) AND m4.deleted_at IS NULL) AS a3
UNION ALL SELECT *
FROM (SELECT 4 AS s0, p5.article_id AS s1, replace(replace(s5.article_path, '{slug}', r5.slug), '{locale}', a5.locale) AS s2, NULL AS s3, NULL AS s4, NULL AS s5, NULL AS s6, NULL AS s7, NULL AS s8, NULL AS s9, NULL AS s10, NULL AS s11, NULL AS s12, NULL AS s13, NULL AS s14, NULL AS s15, NULL AS s16, NULL AS s17, NULL AS s18, NULL AS s19, NULL AS s20, NULL AS s21, NULL AS s22, NULL AS s23, NULL AS s24, NULL AS s25, NULL AS s26, NULL AS s27, NULL AS s28, NULL AS s29, NULL AS s30, NULL AS s31, NULL AS s32, NULL AS s33, NULL AS s34, NULL AS s35
FROM publication AS p5
CROSS JOIN article AS a5 ON a5.id = p5.article_id
CROSS JOIN article_revision AS r5 ON r5.id = p5.revision_id
CROSS JOIN site AS s5 ON s5.singleton
WHERE p5.article_id IN (SELECT c3
FROM l2) AND p5.starts_at <= ?3 AND (p5.ends_at IS NULL OR ?3 < p5.ends_at)) AS a4
UNION ALL SELECT *
FROM (SELECT 5 AS s0, m6.id AS s1, m6.storage_key AS s2, m6.width AS s3, m6.height AS s4, m6.focal_x AS s5, m6.focal_y AS s6, NULL AS s7, NULL AS s8, NULL AS s9, NULL AS s10, NULL AS s11, NULL AS s12, NULL AS s13, NULL AS s14, NULL AS s15, NULL AS s16, NULL AS s17, NULL AS s18, NULL AS s19, NULL AS s20, NULL AS s21, NULL AS s22, NULL AS s23, NULL AS s24, NULL AS s25, NULL AS s26, NULL AS s27, NULL AS s28, NULL AS s29, NULL AS s30, NULL AS s31, NULL AS s32, NULL AS s33, NULL AS s34, NULL AS s35
FROM media AS m6
WHERE m6.id IN (SELECT c11
FROM l1) AND m6.deleted_at IS NULL) AS a5
UNION ALL SELECT 6 AS s0, c0 AS s1, c1 AS s2, c2 AS s3, c3 AS s4, c4 AS s5, c5 AS s6, NULL AS s7, NULL AS s8, NULL AS s9, NULL AS s10, NULL AS s11, NULL AS s12, NULL AS s13, NULL AS s14, NULL AS s15, NULL AS s16, NULL AS s17, NULL AS s18, NULL AS s19, NULL AS s20, NULL AS s21, NULL AS s22, NULL AS s23, NULL AS s24, NULL AS s25, NULL AS s26, NULL AS s27, NULL AS s28, NULL AS s29, NULL AS s30, NULL AS s31, NULL AS s32, NULL AS s33, NULL AS s34, NULL AS s35
FROM l6
UNION ALL SELECT 7 AS s0, c0 AS s1, c1 AS s2, c2 AS s3, c3 AS s4, c4 AS s5, c5 AS s6, NULL AS s7, NULL AS s8, NULL AS s9, NULL AS s10, NULL AS s11, NULL AS s12, NULL AS s13, NULL AS s14, NULL AS s15, NULL AS s16, NULL AS s17, NULL AS s18, NULL AS s19, NULL AS s20, NULL AS s21, NULL AS s22, NULL AS s23, NULL AS s24, NULL AS s25, NULL AS s26, NULL AS s27, NULL AS s28, NULL AS s29, NULL AS s30, NULL AS s31, NULL AS s32, NULL AS s33, NULL AS s34, NULL AS s35
FROM l7
UNION ALL SELECT *
FROM (SELECT 8 AS s0, m9.id AS s1, m9.storage_key AS s2, m9.alt AS s3, NULL AS s4, NULL AS s5, NULL AS s6, NULL AS s7, NULL AS s8, NULL AS s9, NULL AS s10, NULL AS s11, NULL AS s12, NULL AS s13, NULL AS s14, NULL AS s15, NULL AS s16, NULL AS s17, NULL AS s18, NULL AS s19, NULL AS s20, NULL AS s21, NULL AS s22, NULL AS s23, NULL AS s24, NULL AS s25, NULL AS s26, NULL AS s27, NULL AS s28, NULL AS s29, NULL AS s30, NULL AS s31, NULL AS s32, NULL AS s33, NULL AS s34, NULL AS s35
FROM media AS m9
WHERE m9.id IN (SELECT c3
FROM l7) AND m9.deleted_at IS NULL) AS a8
UNION ALL SELECT *
FROM (SELECT 9 AS s0, p.c6 AS s1, n10.position AS s2, n10.topic_id AS s3, t10.name AS s4, replace(replace(s10.topic_path, '{slug}', t10.slug), '{locale}', '') AS s5, NULL AS s6, NULL AS s7, NULL AS s8, NULL AS s9, NULL AS s10, NULL AS s11, NULL AS s12, NULL AS s13, NULL AS s14, NULL AS s15, NULL AS s16, NULL AS s17, NULL AS s18, NULL AS s19, NULL AS s20, NULL AS s21, NULL AS s22, NULL AS s23, NULL AS s24, NULL AS s25, NULL AS s26, NULL AS s27, NULL AS s28, NULL AS s29, NULL AS s30, NULL AS s31, NULL AS s32, NULL AS s33, NULL AS s34, NULL AS s35
FROM l1 AS p
CROSS JOIN revision_topic AS n10
CROSS JOIN topic AS t10 ON t10.id = n10.topic_id
CROSS JOIN site AS s10 ON s10.singleton
WHERE n10.revision_id = p.c6 AND t10.deleted_at IS NULL) AS a9
UNION ALL SELECT *
FROM (SELECT 10 AS s0, p.c12 AS s1, j11.position AS s2, j11.version_id AS s3, v11.title AS s4, v11.body_html AS s5, NULL AS s6, NULL AS s7, NULL AS s8, NULL AS s9, NULL AS s10, NULL AS s11, NULL AS s12, NULL AS s13, NULL AS s14, NULL AS s15, NULL AS s16, NULL AS s17, NULL AS s18, NULL AS s19, NULL AS s20, NULL AS s21, NULL AS s22, NULL AS s23, NULL AS s24, NULL AS s25, NULL AS s26, NULL AS s27, NULL AS s28, NULL AS s29, NULL AS s30, NULL AS s31, NULL AS s32, NULL AS s33, NULL AS s34, NULL AS s35
FROM l1 AS p
CROSS JOIN publication_disclaimer AS j11
CROSS JOIN disclaimer_version AS v11 ON v11.id = j11.version_id
CROSS JOIN disclaimer AS d11 ON d11.id = j11.disclaimer_id
WHERE j11.publication_id = p.c12 AND v11.effective_from <= ?3 AND d11.placement = ?4) AS a10
UNION ALL SELECT *
FROM (SELECT 11 AS s0, p.c12 AS s1, j12.position AS s2, j12.version_id AS s3, v12.title AS s4, v12.body_html AS s5, NULL AS s6, NULL AS s7, NULL AS s8, NULL AS s9, NULL AS s10, NULL AS s11, NULL AS s12, NULL AS s13, NULL AS s14, NULL AS s15, NULL AS s16, NULL AS s17, NULL AS s18, NULL AS s19, NULL AS s20, NULL AS s21, NULL AS s22, NULL AS s23, NULL AS s24, NULL AS s25, NULL AS s26, NULL AS s27, NULL AS s28, NULL AS s29, NULL AS s30, NULL AS s31, NULL AS s32, NULL AS s33, NULL AS s34, NULL AS s35
FROM l1 AS p
CROSS JOIN publication_disclaimer AS j12
CROSS JOIN disclaimer_version AS v12 ON v12.id = j12.version_id
CROSS JOIN disclaimer AS d12 ON d12.id = j12.disclaimer_id
WHERE j12.publication_id = p.c12 AND v12.effective_from <= ?3 AND d12.placement = ?5) AS a11
UNION ALL SELECT *
FROM (SELECT 12 AS s0, p.c0 AS s1, a13.locale AS s2, a13.id AS s3, replace(replace(s13.article_path, '{slug}', r13.slug), '{locale}', a13.locale) AS s4, r13.title AS s5, NULL AS s6, NULL AS s7, NULL AS s8, NULL AS s9, NULL AS s10, NULL AS s11, NULL AS s12, NULL AS s13, NULL AS s14, NULL AS s15, NULL AS s16, NULL AS s17, NULL AS s18, NULL AS s19, NULL AS s20, NULL AS s21, NULL AS s22, NULL AS s23, NULL AS s24, NULL AS s25, NULL AS s26, NULL AS s27, NULL AS s28, NULL AS s29, NULL AS s30, NULL AS s31, NULL AS s32, NULL AS s33, NULL AS s34, NULL AS s35
FROM l1 AS p
CROSS JOIN article AS o13
CROSS JOIN article AS a13 ON a13.translation_group_id = o13.translation_group_id AND a13.id <> o13.id
CROSS JOIN publication AS p13 ON p13.article_id = a13.id
CROSS JOIN article_revision AS r13 ON r13.id = p13.revision_id
CROSS JOIN site AS s13 ON s13.singleton
WHERE o13.id = p.c0 AND p13.starts_at <= ?3 AND (p13.ends_at IS NULL OR ?3 < p13.ends_at)) AS a12
UNION ALL SELECT *
FROM (SELECT 13 AS s0, i14.article_id AS s1, r14.title AS s2, replace(replace(s14.article_path, '{slug}', r14.slug), '{locale}', a14.locale) AS s3, NULL AS s4, NULL AS s5, NULL AS s6, NULL AS s7, NULL AS s8, NULL AS s9, NULL AS s10, NULL AS s11, NULL AS s12, NULL AS s13, NULL AS s14, NULL AS s15, NULL AS s16, NULL AS s17, NULL AS s18, NULL AS s19, NULL AS s20, NULL AS s21, NULL AS s22, NULL AS s23, NULL AS s24, NULL AS s25, NULL AS s26, NULL AS s27, NULL AS s28, NULL AS s29, NULL AS s30, NULL AS s31, NULL AS s32, NULL AS s33, NULL AS s34, NULL AS s35
FROM publication_topic AS i14
CROSS JOIN publication_topic AS o14 ON o14.topic_id = i14.topic_id AND o14.article_id <> i14.article_id AND o14.starts_at <= ?3 AND (o14.ends_at IS NULL OR ?3 < o14.ends_at)
CROSS JOIN publication AS p14 ON p14.id = i14.publication_id
CROSS JOIN article AS a14 ON a14.id = i14.article_id
CROSS JOIN article_revision AS r14 ON r14.id = p14.revision_id
CROSS JOIN site AS s14 ON s14.singleton
WHERE o14.article_id = (SELECT c0
FROM l1) AND i14.starts_at <= ?3 AND (i14.ends_at IS NULL OR ?3 < i14.ends_at) AND NOT EXISTS (SELECT 1
FROM publication_topic AS g
JOIN publication_topic AS h ON h.topic_id = g.topic_id
WHERE g.publication_id = i14.publication_id AND h.publication_id = o14.publication_id AND g.topic_id < i14.topic_id)
ORDER BY i14.published_at DESC, i14.article_id DESC
LIMIT ?6) AS a13
UNION ALL SELECT *
FROM (SELECT 14 AS s0, v15.id AS s1, v15.acceptance_text AS s2, NULL AS s3, NULL AS s4, NULL AS s5, NULL AS s6, NULL AS s7, NULL AS s8, NULL AS s9, NULL AS s10, NULL AS s11, NULL AS s12, NULL AS s13, NULL AS s14, NULL AS s15, NULL AS s16, NULL AS s17, NULL AS s18, NULL AS s19, NULL AS s20, NULL AS s21, NULL AS s22, NULL AS s23, NULL AS s24, NULL AS s25, NULL AS s26, NULL AS s27, NULL AS s28, NULL AS s29, NULL AS s30, NULL AS s31, NULL AS s32, NULL AS s33, NULL AS s34, NULL AS s35
FROM policy_version AS v15
WHERE v15.id IN (SELECT c32
FROM l1) AND v15.effective_from <= ?3) AS a14
UNION ALL SELECT 15 AS s0, c0 AS s1, c1 AS s2, c2 AS s3, c3 AS s4, c4 AS s5, c5 AS s6, c6 AS s7, c7 AS s8, c8 AS s9, c9 AS s10, c10 AS s11, c11 AS s12, NULL AS s13, NULL AS s14, NULL AS s15, NULL AS s16, NULL AS s17, NULL AS s18, NULL AS s19, NULL AS s20, NULL AS s21, NULL AS s22, NULL AS s23, NULL AS s24, NULL AS s25, NULL AS s26, NULL AS s27, NULL AS s28, NULL AS s29, NULL AS s30, NULL AS s31, NULL AS s32, NULL AS s33, NULL AS s34, NULL AS s35
FROM l15
UNION ALL SELECT *
FROM (SELECT 16 AS s0, p.c0 AS s1, c18.created_at AS s2, c18.id AS s3, CASE WHEN (c18.status = 'APPROVED' OR (1 = 0 AND c18.erased_at IS NULL)) THEN c18.author_name END AS s4, c18.by_contributor AS s5, CASE WHEN c18.status = 'APPROVED' OR 1 = 0 THEN c18.status ELSE 'DELETED' END AS s6, c18.body_html AS s7, c18.reply_count AS s8, c18.like_count AS s9, c18.helpful_count AS s10, c18.thanks_count AS s11, (SELECT z.reaction
FROM comment_reaction AS z
WHERE z.comment_id = c18.id AND z.reader_hash = ?10) AS s12, NULL AS s13, NULL AS s14, NULL AS s15, NULL AS s16, NULL AS s17, NULL AS s18, NULL AS s19, NULL AS s20, NULL AS s21, NULL AS s22, NULL AS s23, NULL AS s24, NULL AS s25, NULL AS s26, NULL AS s27, NULL AS s28, NULL AS s29, NULL AS s30, NULL AS s31, NULL AS s32, NULL AS s33, NULL AS s34, NULL AS s35
FROM l15 AS p
CROSS JOIN comment AS c18
WHERE c18.rowid IN (SELECT c19.rowid
FROM comment AS c19
WHERE c19.parent_id = p.c0 AND (c19.is_listed)
ORDER BY c19.created_at ASC, c19.id ASC
LIMIT ?9)) AS a16;
