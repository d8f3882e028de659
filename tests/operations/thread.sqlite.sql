WITH l1 AS MATERIALIZED (SELECT p2.article_id AS c0
FROM publication AS p2
CROSS JOIN article AS a2 ON a2.id = p2.article_id
CROSS JOIN site AS s2 ON s2.singleton
WHERE p2.slug = ?1 AND a2.locale = s2.default_locale AND p2.starts_at <= ?2 AND (p2.ends_at IS NULL OR ?2 < p2.ends_at)
LIMIT 1),
l2 AS MATERIALIZED (SELECT c3.id AS c0, CASE WHEN (c3.status = 'APPROVED' OR (1 = 0 AND c3.erased_at IS NULL)) THEN c3.author_name END AS c1, CASE WHEN (c3.status = 'APPROVED' OR (1 = 0 AND c3.erased_at IS NULL)) THEN c3.author_url END AS c2, CASE WHEN c3.status = 'APPROVED' OR 1 = 0 THEN c3.status ELSE 'DELETED' END AS c3, c3.depth AS c4, c3.created_at AS c5, c3.status AS c6, c3.erased_at AS c7, COALESCE(a3.comments_max_depth, s3.comments_max_depth) AS c8, COALESCE(a3.comments_open, s3.comments_open) AS c9, COALESCE(a3.comments_close_at, s3.comments_close_at) AS c10, COALESCE(a3.comments_close_after_days, s3.comments_close_after_days) AS c11, p3.published_at AS c12, c3.body_text AS c13
FROM comment AS c3
CROSS JOIN article AS a3 ON a3.id = c3.article_id
CROSS JOIN site AS s3 ON s3.singleton
LEFT JOIN publication AS p3 ON p3.article_id = c3.article_id AND p3.starts_at <= ?2 AND (p3.ends_at IS NULL OR ?2 < p3.ends_at)
WHERE c3.article_id = (SELECT c0
FROM l1) AND (c3.is_listed) AND c3.parent_id IS NULL
ORDER BY c3.reaction_count DESC, c3.id DESC
LIMIT ?3),
l3 AS MATERIALIZED (SELECT p.c0 AS c0, c4.created_at AS c1, c4.id AS c2, CASE WHEN (c4.status = 'APPROVED' OR (1 = 0 AND c4.erased_at IS NULL)) THEN c4.author_name END AS c3, CASE WHEN (c4.status = 'APPROVED' OR (1 = 0 AND c4.erased_at IS NULL)) THEN c4.author_url END AS c4, CASE WHEN c4.status = 'APPROVED' OR 1 = 0 THEN c4.status ELSE 'DELETED' END AS c5, c4.depth AS c6, c4.status AS c7, c4.erased_at AS c8, COALESCE(a4.comments_max_depth, s4.comments_max_depth) AS c9, COALESCE(a4.comments_open, s4.comments_open) AS c10, COALESCE(a4.comments_close_at, s4.comments_close_at) AS c11, COALESCE(a4.comments_close_after_days, s4.comments_close_after_days) AS c12, p4.published_at AS c13, c4.body_text AS c14
FROM l2 AS p
CROSS JOIN comment AS c4
CROSS JOIN article AS a4 ON a4.id = c4.article_id
CROSS JOIN site AS s4 ON s4.singleton
LEFT JOIN publication AS p4 ON p4.article_id = c4.article_id AND p4.starts_at <= ?2 AND (p4.ends_at IS NULL OR ?2 < p4.ends_at)
WHERE c4.rowid IN (SELECT c5.rowid
FROM comment AS c5
WHERE c5.parent_id = p.c0 AND (c5.is_listed)
ORDER BY c5.created_at DESC, c5.id DESC
LIMIT ?4)) SELECT 1 AS s0, c0 AS s1, NULL AS s2, NULL AS s3, NULL AS s4, NULL AS s5, NULL AS s6, NULL AS s7, NULL AS s8, NULL AS s9, NULL AS s10, NULL AS s11, NULL AS s12, NULL AS s13, NULL AS s14, NULL AS s15, NULL AS s16, NULL AS s17, NULL AS s18, NULL AS s19
FROM l1
UNION ALL SELECT 2 AS s0, c0 AS s1, c1 AS s2, c2 AS s3, c3 AS s4, c4 AS s5, c5 AS s6, c6 AS s7, c7 AS s8, c8 AS s9, c9 AS s10, c10 AS s11, c11 AS s12, c12 AS s13, c13 AS s14, NULL AS s15, NULL AS s16, NULL AS s17, NULL AS s18, NULL AS s19
FROM l2
UNION ALL SELECT 3 AS s0, c0 AS s1, c1 AS s2, c2 AS s3, c3 AS s4, c4 AS s5, c5 AS s6, c6 AS s7, c7 AS s8, c8 AS s9, c9 AS s10, c10 AS s11, c11 AS s12, c12 AS s13, c13 AS s14, c14 AS s15, NULL AS s16, NULL AS s17, NULL AS s18, NULL AS s19
FROM l3
UNION ALL SELECT *
FROM (SELECT 4 AS s0, p.c2 AS s1, c6.created_at AS s2, c6.id AS s3, CASE WHEN (c6.status = 'APPROVED' OR (1 = 0 AND c6.erased_at IS NULL)) THEN c6.author_name END AS s4, CASE WHEN (c6.status = 'APPROVED' OR (1 = 0 AND c6.erased_at IS NULL)) THEN c6.author_url END AS s5, CASE WHEN c6.status = 'APPROVED' OR 1 = 0 THEN c6.status ELSE 'DELETED' END AS s6, c6.depth AS s7, c6.status AS s8, c6.erased_at AS s9, COALESCE(a6.comments_max_depth, s6.comments_max_depth) AS s10, COALESCE(a6.comments_open, s6.comments_open) AS s11, COALESCE(a6.comments_close_at, s6.comments_close_at) AS s12, COALESCE(a6.comments_close_after_days, s6.comments_close_after_days) AS s13, p6.published_at AS s14, c6.body_text AS s15, CASE WHEN (c6.status = 'APPROVED' OR (1 = 0 AND c6.erased_at IS NULL)) THEN c6.anchor_exact END AS s16, c6.anchor_exact AS s17, COALESCE(c6.anchor_prefix, '') AS s18, c6.anchor_state AS s19
FROM l3 AS p
CROSS JOIN comment AS c6
CROSS JOIN article AS a6 ON a6.id = c6.article_id
CROSS JOIN site AS s6 ON s6.singleton
LEFT JOIN publication AS p6 ON p6.article_id = c6.article_id AND p6.starts_at <= ?2 AND (p6.ends_at IS NULL OR ?2 < p6.ends_at)
WHERE c6.rowid IN (SELECT c7.rowid
FROM comment AS c7
WHERE c7.parent_id = p.c2 AND (c7.is_listed)
ORDER BY c7.created_at ASC, c7.id ASC
LIMIT ?5)) AS a4;
