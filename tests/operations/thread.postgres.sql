WITH l1 AS MATERIALIZED (SELECT p2.article_id AS c0
FROM publication AS p2
JOIN article AS a2 ON a2.id = p2.article_id
JOIN site AS s2 ON s2.singleton
WHERE p2.slug = $1::text AND a2.locale = s2.default_locale AND p2.starts_at <= $2::timestamptz AND (p2.ends_at IS NULL OR $2::timestamptz < p2.ends_at)
LIMIT 1),
l2 AS MATERIALIZED (SELECT x.*
FROM l1 AS p
CROSS JOIN LATERAL (SELECT p.c0 AS c0, CASE WHEN (c3.status = 'APPROVED' OR (1 = 0 AND c3.erased_at IS NULL)) THEN c3.author_name END AS c1, CASE WHEN (c3.status = 'APPROVED' OR (1 = 0 AND c3.erased_at IS NULL)) THEN c3.author_url END AS c2, CASE WHEN c3.status = 'APPROVED' OR 1 = 0 THEN c3.status ELSE 'DELETED' END AS c3, c3.depth AS c4, c3.created_at AS c5, c3.status AS c6, c3.erased_at AS c7, COALESCE(a3.comments_max_depth, s3.comments_max_depth) AS c8, COALESCE(a3.comments_open, s3.comments_open) AS c9, COALESCE(a3.comments_close_at, s3.comments_close_at) AS c10, COALESCE(a3.comments_close_after_days, s3.comments_close_after_days) AS c11, p3.published_at AS c12, c3.body_text AS c13, c3.id AS c14
FROM comment AS c3
JOIN article AS a3 ON a3.id = c3.article_id
JOIN site AS s3 ON s3.singleton
LEFT JOIN publication AS p3 ON p3.article_id = c3.article_id AND p3.starts_at <= $2::timestamptz AND (p3.ends_at IS NULL OR $2::timestamptz < p3.ends_at)
WHERE c3.article_id = p.c0 AND (c3.is_listed) AND c3.parent_id IS NULL
ORDER BY c3.reaction_count DESC, c3.id DESC
LIMIT $3::int8) AS x),
l3 AS MATERIALIZED (SELECT x.*
FROM l2 AS p
CROSS JOIN LATERAL (SELECT p.c14 AS c0, CASE WHEN (c4.status = 'APPROVED' OR (1 = 0 AND c4.erased_at IS NULL)) THEN c4.author_name END AS c1, CASE WHEN (c4.status = 'APPROVED' OR (1 = 0 AND c4.erased_at IS NULL)) THEN c4.author_url END AS c2, CASE WHEN c4.status = 'APPROVED' OR 1 = 0 THEN c4.status ELSE 'DELETED' END AS c3, c4.depth AS c4, c4.created_at AS c5, c4.status AS c6, c4.erased_at AS c7, COALESCE(a4.comments_max_depth, s4.comments_max_depth) AS c8, COALESCE(a4.comments_open, s4.comments_open) AS c9, COALESCE(a4.comments_close_at, s4.comments_close_at) AS c10, COALESCE(a4.comments_close_after_days, s4.comments_close_after_days) AS c11, p4.published_at AS c12, c4.body_text AS c13, c4.id AS c14
FROM comment AS c4
JOIN article AS a4 ON a4.id = c4.article_id
JOIN site AS s4 ON s4.singleton
LEFT JOIN publication AS p4 ON p4.article_id = c4.article_id AND p4.starts_at <= $2::timestamptz AND (p4.ends_at IS NULL OR $2::timestamptz < p4.ends_at)
WHERE c4.parent_id = p.c14 AND (c4.is_listed)
ORDER BY c4.created_at DESC, c4.id DESC
LIMIT $4::int8) AS x) SELECT 1 AS s0, c0::text AS s1, NULL::text AS s2, NULL::text AS s3, NULL::text AS s4, NULL::int8 AS s5, NULL::timestamptz AS s6, NULL::text AS s7, NULL::timestamptz AS s8, NULL::int8 AS s9, NULL::bool AS s10, NULL::timestamptz AS s11, NULL::int8 AS s12, NULL::timestamptz AS s13, NULL::text AS s14, NULL::text AS s15, NULL::text AS s16, NULL::text AS s17, NULL::text AS s18
FROM l1
UNION ALL SELECT 2 AS s0, c0::text AS s1, c1 AS s2, c2 AS s3, c3 AS s4, c4 AS s5, c5 AS s6, c6 AS s7, c7 AS s8, c8 AS s9, c9 AS s10, c10 AS s11, c11 AS s12, c12 AS s13, c13 AS s14, c14::text AS s15, NULL::text AS s16, NULL::text AS s17, NULL::text AS s18
FROM l2
UNION ALL SELECT 3 AS s0, c0::text AS s1, c1 AS s2, c2 AS s3, c3 AS s4, c4 AS s5, c5 AS s6, c6 AS s7, c7 AS s8, c8 AS s9, c9 AS s10, c10 AS s11, c11 AS s12, c12 AS s13, c13 AS s14, c14::text AS s15, NULL::text AS s16, NULL::text AS s17, NULL::text AS s18
FROM l3
UNION ALL SELECT *
FROM (SELECT x.*
FROM l3 AS p
CROSS JOIN LATERAL (SELECT 4 AS s0, p.c14::text AS s1, CASE WHEN (c5.status = 'APPROVED' OR (1 = 0 AND c5.erased_at IS NULL)) THEN c5.author_name END AS s2, CASE WHEN (c5.status = 'APPROVED' OR (1 = 0 AND c5.erased_at IS NULL)) THEN c5.author_url END AS s3, CASE WHEN c5.status = 'APPROVED' OR 1 = 0 THEN c5.status ELSE 'DELETED' END AS s4, c5.depth AS s5, c5.created_at AS s6, c5.status AS s7, c5.erased_at AS s8, COALESCE(a5.comments_max_depth, s5.comments_max_depth) AS s9, COALESCE(a5.comments_open, s5.comments_open) AS s10, COALESCE(a5.comments_close_at, s5.comments_close_at) AS s11, COALESCE(a5.comments_close_after_days, s5.comments_close_after_days) AS s12, p5.published_at AS s13, c5.body_text AS s14, CASE WHEN (c5.status = 'APPROVED' OR (1 = 0 AND c5.erased_at IS NULL)) THEN c5.anchor_exact END AS s15, c5.anchor_exact AS s16, COALESCE(c5.anchor_prefix, '') AS s17, c5.anchor_state AS s18
FROM comment AS c5
JOIN article AS a5 ON a5.id = c5.article_id
JOIN site AS s5 ON s5.singleton
LEFT JOIN publication AS p5 ON p5.article_id = c5.article_id AND p5.starts_at <= $2::timestamptz AND (p5.ends_at IS NULL OR $2::timestamptz < p5.ends_at)
WHERE c5.parent_id = p.c14 AND (c5.is_listed)
ORDER BY c5.created_at ASC, c5.id ASC
LIMIT $5::int8) AS x) AS a4;
