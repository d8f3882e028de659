WITH l1 AS MATERIALIZED (SELECT p2.article_id AS c0
FROM publication AS p2
CROSS JOIN article AS a2 ON a2.id = p2.article_id
CROSS JOIN site AS s2 ON s2.singleton
WHERE p2.slug = ?1 AND a2.locale = s2.default_locale AND p2.starts_at <= ?2 AND (p2.ends_at IS NULL OR ?2 < p2.ends_at)
LIMIT 1),
l2 AS MATERIALIZED (SELECT p.c0 AS c0, c3.reaction_count AS c1, c3.id AS c2, CASE WHEN (c3.status = 'APPROVED' OR (1 = 0 AND c3.erased_at IS NULL)) THEN c3.author_name END AS c3, CASE WHEN (c3.status = 'APPROVED' OR (1 = 0 AND c3.erased_at IS NULL)) THEN c3.author_url END AS c4, CASE WHEN c3.status = 'APPROVED' OR 1 = 0 THEN c3.status ELSE 'DELETED' END AS c5, c3.depth AS c6, COALESCE(a3.comments_max_depth, s3.comments_max_depth) AS c7, c3.status AS c8, COALESCE(a3.comments_open, s3.comments_open) AS c9, COALESCE(a3.comments_close_at, s3.comments_close_at) AS c10, COALESCE(a3.comments_close_after_days, s3.comments_close_after_days) AS c11, p3.published_at AS c12, c3.body_text AS c13
FROM l1 AS p
CROSS JOIN comment AS c3
CROSS JOIN article AS a3 ON a3.id = c3.article_id
CROSS JOIN site AS s3 ON s3.singleton
LEFT JOIN publication AS p3 ON p3.article_id = c3.article_id AND p3.starts_at <= ?2 AND (p3.ends_at IS NULL OR ?2 < p3.ends_at)
WHERE c3.rowid IN (SELECT c4.rowid
FROM comment AS c4
WHERE c4.article_id = p.c0 AND (c4.is_listed) AND c4.parent_id IS NULL
ORDER BY c4.reaction_count DESC, c4.id DESC
LIMIT ?3)),
l3 AS MATERIALIZED (SELECT p.c2 AS c0, c5.created_at AS c1, c5.id AS c2, CASE WHEN (c5.status = 'APPROVED' OR (1 = 0 AND c5.erased_at IS NULL)) THEN c5.author_name END AS c3, CASE WHEN (c5.status = 'APPROVED' OR (1 = 0 AND c5.erased_at IS NULL)) THEN c5.author_url END AS c4, CASE WHEN c5.status = 'APPROVED' OR 1 = 0 THEN c5.status ELSE 'DELETED' END AS c5, c5.depth AS c6, COALESCE(a5.comments_max_depth, s5.comments_max_depth) AS c7, c5.status AS c8, COALESCE(a5.comments_open, s5.comments_open) AS c9, COALESCE(a5.comments_close_at, s5.comments_close_at) AS c10, COALESCE(a5.comments_close_after_days, s5.comments_close_after_days) AS c11, p5.published_at AS c12, c5.body_text AS c13
FROM l2 AS p
CROSS JOIN comment AS c5
CROSS JOIN article AS a5 ON a5.id = c5.article_id
CROSS JOIN site AS s5 ON s5.singleton
LEFT JOIN publication AS p5 ON p5.article_id = c5.article_id AND p5.starts_at <= ?2 AND (p5.ends_at IS NULL OR ?2 < p5.ends_at)
WHERE c5.rowid IN (SELECT c6.rowid
FROM comment AS c6
WHERE c6.parent_id = p.c2 AND (c6.is_listed)
ORDER BY c6.created_at DESC, c6.id DESC
LIMIT ?4)) SELECT 1 AS s0, c0 AS s1, NULL AS s2, NULL AS s3, NULL AS s4, NULL AS s5, NULL AS s6, NULL AS s7, NULL AS s8, NULL AS s9, NULL AS s10, NULL AS s11, NULL AS s12, NULL AS s13, NULL AS s14, NULL AS s15, NULL AS s16, NULL AS s17, NULL AS s18
FROM l1
UNION ALL SELECT 2 AS s0, c0 AS s1, c1 AS s2, c2 AS s3, c3 AS s4, c4 AS s5, c5 AS s6, c6 AS s7, c7 AS s8, c8 AS s9, c9 AS s10, c10 AS s11, c11 AS s12, c12 AS s13, c13 AS s14, NULL AS s15, NULL AS s16, NULL AS s17, NULL AS s18
FROM l2
UNION ALL SELECT 3 AS s0, c0 AS s1, c1 AS s2, c2 AS s3, c3 AS s4, c4 AS s5, c5 AS s6, c6 AS s7, c7 AS s8, c8 AS s9, c9 AS s10, c10 AS s11, c11 AS s12, c12 AS s13, c13 AS s14, NULL AS s15, NULL AS s16, NULL AS s17, NULL AS s18
FROM l3
UNION ALL SELECT *
FROM (SELECT 4 AS s0, p.c2 AS s1, c7.created_at AS s2, c7.id AS s3, CASE WHEN (c7.status = 'APPROVED' OR (1 = 0 AND c7.erased_at IS NULL)) THEN c7.author_name END AS s4, CASE WHEN (c7.status = 'APPROVED' OR (1 = 0 AND c7.erased_at IS NULL)) THEN c7.author_url END AS s5, CASE WHEN c7.status = 'APPROVED' OR 1 = 0 THEN c7.status ELSE 'DELETED' END AS s6, c7.depth AS s7, COALESCE(a7.comments_max_depth, s7.comments_max_depth) AS s8, c7.status AS s9, COALESCE(a7.comments_open, s7.comments_open) AS s10, COALESCE(a7.comments_close_at, s7.comments_close_at) AS s11, COALESCE(a7.comments_close_after_days, s7.comments_close_after_days) AS s12, p7.published_at AS s13, c7.body_text AS s14, CASE WHEN (c7.status = 'APPROVED' OR (1 = 0 AND c7.erased_at IS NULL)) THEN c7.anchor_exact END AS s15, c7.anchor_exact AS s16, COALESCE(c7.anchor_prefix, '') AS s17, c7.anchor_state AS s18
FROM l3 AS p
CROSS JOIN comment AS c7
CROSS JOIN article AS a7 ON a7.id = c7.article_id
CROSS JOIN site AS s7 ON s7.singleton
LEFT JOIN publication AS p7 ON p7.article_id = c7.article_id AND p7.starts_at <= ?2 AND (p7.ends_at IS NULL OR ?2 < p7.ends_at)
WHERE c7.rowid IN (SELECT c8.rowid
FROM comment AS c8
WHERE c8.parent_id = p.c2 AND (c8.is_listed)
ORDER BY c8.created_at ASC, c8.id ASC
LIMIT ?5)) AS a4;
