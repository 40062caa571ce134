//! The object identifiers that are named for a reader and that parsing and matching do not compare with: most of what certificates and
//! catalogs hold beside those of [`oid`](super).

use super::{Oid, encode, encoded_length};

known_oids! {
    /// Microsoft, mscat.h (szOID_CATALOG_LIST).
    CATALOG_LIST = "catalogList" [1 3 6 1 4 1 311 12 1 1];
    /// Microsoft, mscat.h (szOID_CATALOG_LIST_MEMBER).
    CATALOG_LIST_MEMBER = "catalogListMember" [1 3 6 1 4 1 311 12 1 2];
    /// Microsoft, mscat.h (szOID_CATALOG_LIST_MEMBER2).
    CATALOG_LIST_MEMBER_2 = "catalogListMember2" [1 3 6 1 4 1 311 12 1 3];
    /// Microsoft, mscat.h (CAT_MEMBERINFO_OBJID).
    CAT_MEMBER_INFO = "catMemberInfo" [1 3 6 1 4 1 311 12 2 2];
    /// Microsoft, mscat.h (CAT_MEMBERINFO2_OBJID).
    CAT_MEMBER_INFO_2 = "catMemberInfo2" [1 3 6 1 4 1 311 12 2 3];
    /// Microsoft, wintrust.h (SPC_SP_AGENCY_INFO_OBJID).
    SPC_SP_AGENCY_INFO = "SpcSpAgencyInfo" [1 3 6 1 4 1 311 2 1 10];
    /// Microsoft, wintrust.h (SPC_CERT_EXTENSIONS_OBJID).
    SPC_CERT_EXTENSIONS = "SpcCertExtensions" [1 3 6 1 4 1 311 2 1 14];
    /// Microsoft, wintrust.h (SPC_MINIMAL_CRITERIA_OBJID).
    SPC_MINIMAL_CRITERIA = "SpcMinimalCriteria" [1 3 6 1 4 1 311 2 1 26];
    /// Microsoft, wintrust.h (SPC_FINANCIAL_CRITERIA_OBJID).
    SPC_FINANCIAL_CRITERIA = "SpcFinancialCriteria" [1 3 6 1 4 1 311 2 1 27];

    /// RFC 2634, 5.4.
    SIGNING_CERTIFICATE = "signingCertificate" [1 2 840 113549 1 9 16 2 12];
    /// RFC 5035, 3.
    SIGNING_CERTIFICATE_V2 = "signingCertificateV2" [1 2 840 113549 1 9 16 2 47];
    /// RFC 8551, 2.5.2.
    SMIME_CAPABILITIES = "smimeCapabilities" [1 2 840 113549 1 9 15];
    /// RFC 2985, Appendix A.
    RANDOM_NONCE = "randomNonce" [1 2 840 113549 1 9 25 3];
    /// RFC 2985, Appendix A.
    SEQUENCE_NUMBER = "sequenceNumber" [1 2 840 113549 1 9 25 4];
    /// RFC 6211, 2.
    CMS_ALGORITHM_PROTECTION = "cmsAlgorithmProtection" [1 2 840 113549 1 9 52];

    /// RFC 8017, Appendix B.2.1.
    MGF1 = "mgf1" [1 2 840 113549 1 1 8];
    /// RFC 8017, Appendix C.
    SHA224_RSA = "sha224WithRSAEncryption" [1 2 840 113549 1 1 14];
    /// RFC 5480, 2.1.1.1.
    SECP256R1 = "secp256r1" [1 2 840 10045 3 1 7];
    /// RFC 5480, 2.1.1.1.
    SECP384R1 = "secp384r1" [1 3 132 0 34];
    /// RFC 5480, 2.1.1.1.
    SECP521R1 = "secp521r1" [1 3 132 0 35];
    /// SEC 2, 2.4.1.
    SECP256K1 = "secp256k1" [1 3 132 0 10];

    /// RFC 5280, 4.2.1.6.
    SUBJECT_ALT_NAME = "subjectAltName" [2 5 29 17];
    /// RFC 5280, 4.2.1.7.
    ISSUER_ALT_NAME = "issuerAltName" [2 5 29 18];
    /// RFC 5280, 5.2.3.
    CRL_NUMBER = "cRLNumber" [2 5 29 20];
    /// RFC 5280, 5.3.1.
    REASON_CODE = "cRLReasons" [2 5 29 21];
    /// RFC 5280, 5.3.2.
    INVALIDITY_DATE = "invalidityDate" [2 5 29 24];
    /// RFC 5280, 5.2.4.
    DELTA_CRL_INDICATOR = "deltaCRLIndicator" [2 5 29 27];
    /// RFC 5280, 5.2.5.
    ISSUING_DISTRIBUTION_POINT = "issuingDistributionPoint" [2 5 29 28];
    /// ITU-T X.509, Annex A (id-ce-expiredCertsOnCRL).
    EXPIRED_CERTS_ON_CRL = "expiredCertsOnCRL" [2 5 29 60];
    /// RFC 5280, 4.2.1.10.
    NAME_CONSTRAINTS = "nameConstraints" [2 5 29 30];
    /// RFC 5280, 4.2.1.13.
    CRL_DISTRIBUTION_POINTS = "cRLDistributionPoints" [2 5 29 31];
    /// RFC 5280, 4.2.1.4.
    ANY_POLICY = "anyPolicy" [2 5 29 32 0];
    /// RFC 5280, 4.2.1.4.
    CPS = "cps" [1 3 6 1 5 5 7 2 1];
    /// RFC 5280, 4.2.1.4.
    USER_NOTICE = "unotice" [1 3 6 1 5 5 7 2 2];
    /// RFC 5280, 4.2.1.5.
    POLICY_MAPPINGS = "policyMappings" [2 5 29 33];
    /// RFC 5280, 4.2.1.11.
    POLICY_CONSTRAINTS = "policyConstraints" [2 5 29 36];
    /// RFC 5280, 4.2.1.15.
    FRESHEST_CRL = "freshestCRL" [2 5 29 46];
    /// RFC 5280, 4.2.1.14.
    INHIBIT_ANY_POLICY = "inhibitAnyPolicy" [2 5 29 54];
    /// RFC 5280, 4.2.2.1.
    AUTHORITY_INFO_ACCESS = "authorityInfoAccess" [1 3 6 1 5 5 7 1 1];
    /// RFC 5280, 4.2.2.1.
    OCSP = "ocsp" [1 3 6 1 5 5 7 48 1];
    /// RFC 5280, 4.2.2.1.
    CA_ISSUERS = "caIssuers" [1 3 6 1 5 5 7 48 2];
    /// RFC 5280, 4.2.2.2.
    SUBJECT_INFO_ACCESS = "subjectInfoAccess" [1 3 6 1 5 5 7 1 11];
    /// RFC 5280, 4.2.2.2.
    CA_REPOSITORY = "caRepository" [1 3 6 1 5 5 7 48 5];
    /// RFC 3739, 3.2.6.
    QC_STATEMENTS = "qcStatements" [1 3 6 1 5 5 7 1 3];
    /// RFC 4043, 2.
    PERMANENT_IDENTIFIER = "permanentIdentifier" [1 3 6 1 5 5 7 8 3];
    /// RFC 6960, 4.2.2.2.1.
    OCSP_NO_CHECK = "ocspNoCheck" [1 3 6 1 5 5 7 48 1 5];
    /// RFC 6962, 3.3.
    SCT_LIST = "signedCertificateTimestampList" [1 3 6 1 4 1 11129 2 4 2];
    /// Netscape Certificate Extensions.
    NETSCAPE_CERT_TYPE = "netscapeCertType" [2 16 840 1 113730 1 1];
    /// Netscape Certificate Extensions.
    NETSCAPE_COMMENT = "netscapeComment" [2 16 840 1 113730 1 13];
    /// Microsoft, wincrypt.h (szOID_ENROLL_CERTTYPE_EXTENSION).
    ENROLL_CERT_TYPE = "enrollCertType" [1 3 6 1 4 1 311 20 2];
    /// Microsoft, wincrypt.h (szOID_CERTSRV_CA_VERSION).
    CERTSRV_CA_VERSION = "certsrvCaVersion" [1 3 6 1 4 1 311 21 1];
    /// Microsoft, wincrypt.h (szOID_CERTSRV_PREVIOUS_CERT_HASH).
    CERTSRV_PREVIOUS_CERT_HASH = "certsrvPreviousCertHash" [1 3 6 1 4 1 311 21 2];
    /// Microsoft, wincrypt.h (szOID_CERTIFICATE_TEMPLATE).
    CERTIFICATE_TEMPLATE = "certificateTemplate" [1 3 6 1 4 1 311 21 7];
    /// Microsoft, wincrypt.h (szOID_APPLICATION_CERT_POLICIES).
    APPLICATION_CERT_POLICIES = "applicationCertPolicies" [1 3 6 1 4 1 311 21 10];

    /// RFC 5280, 4.2.1.12.
    ANY_EXTENDED_KEY_USAGE = "anyExtendedKeyUsage" [2 5 29 37 0];
    /// RFC 5280, 4.2.1.12.
    SERVER_AUTH = "serverAuth" [1 3 6 1 5 5 7 3 1];
    /// RFC 5280, 4.2.1.12.
    CLIENT_AUTH = "clientAuth" [1 3 6 1 5 5 7 3 2];
    /// RFC 5280, 4.2.1.12.
    EMAIL_PROTECTION = "emailProtection" [1 3 6 1 5 5 7 3 4];
    /// RFC 5280, 4.2.1.12.
    OCSP_SIGNING = "OCSPSigning" [1 3 6 1 5 5 7 3 9];
    /// Microsoft, wincrypt.h (szOID_KP_CTL_USAGE_SIGNING).
    CTL_USAGE_SIGNING = "ctlUsageSigning" [1 3 6 1 4 1 311 10 3 1];
    /// Microsoft, wincrypt.h (szOID_WHQL_CRYPTO).
    WHQL_CRYPTO = "whqlCrypto" [1 3 6 1 4 1 311 10 3 5];
    /// Microsoft, wincrypt.h (szOID_ATTEST_WHQL_CRYPTO).
    ATTEST_WHQL_CRYPTO = "attestWhqlCrypto" [1 3 6 1 4 1 311 10 3 5 1];
    /// Microsoft, wincrypt.h (szOID_NT5_CRYPTO).
    NT5_CRYPTO = "nt5Crypto" [1 3 6 1 4 1 311 10 3 6];
    /// Microsoft, wincrypt.h (szOID_OEM_WHQL_CRYPTO).
    OEM_WHQL_CRYPTO = "oemWhqlCrypto" [1 3 6 1 4 1 311 10 3 7];
    /// Microsoft, wincrypt.h (szOID_KP_DOCUMENT_SIGNING).
    DOCUMENT_SIGNING = "documentSigning" [1 3 6 1 4 1 311 10 3 12];
    /// Microsoft, wincrypt.h (szOID_KP_LIFETIME_SIGNING).
    LIFETIME_SIGNING = "lifetimeSigning" [1 3 6 1 4 1 311 10 3 13];
    /// Microsoft, wincrypt.h (szOID_WINDOWS_KITS_SIGNER).
    WINDOWS_KITS_SIGNER = "windowsKitsSigner" [1 3 6 1 4 1 311 10 3 20];
    /// Microsoft, wincrypt.h (szOID_WINDOWS_RT_SIGNER).
    WINDOWS_RT_SIGNER = "windowsRtSigner" [1 3 6 1 4 1 311 10 3 21];
    /// Microsoft, wincrypt.h (szOID_PROTECTED_PROCESS_LIGHT_SIGNER).
    PROTECTED_PROCESS_LIGHT_SIGNER = "protectedProcessLightSigner" [1 3 6 1 4 1 311 10 3 22];
    /// Microsoft, wincrypt.h (szOID_WINDOWS_TCB_SIGNER).
    WINDOWS_TCB_SIGNER = "windowsTcbSigner" [1 3 6 1 4 1 311 10 3 23];
    /// Microsoft, wincrypt.h (szOID_PROTECTED_PROCESS_SIGNER).
    PROTECTED_PROCESS_SIGNER = "protectedProcessSigner" [1 3 6 1 4 1 311 10 3 24];
    /// Microsoft, wincrypt.h (szOID_KP_KERNEL_MODE_CODE_SIGNING).
    KERNEL_MODE_CODE_SIGNING = "kernelModeCodeSigning" [1 3 6 1 4 1 311 61 1 1];
    /// Microsoft, wincrypt.h (szOID_KP_KERNEL_MODE_TRUSTED_BOOT_SIGNING).
    KERNEL_MODE_TRUSTED_BOOT_SIGNING = "kernelModeTrustedBootSigning" [1 3 6 1 4 1 311 61 4 1];
    /// Microsoft, wincrypt.h (szOID_MICROSOFT_PUBLISHER_SIGNER).
    MICROSOFT_PUBLISHER_SIGNER = "microsoftPublisherSigner" [1 3 6 1 4 1 311 76 8 1];

    /// CA/Browser Forum, Baseline Requirements for Code-Signing Certificates, 7.1.6.1.
    CABF_EV_CODE_SIGNING = "cabfEvCodeSigning" [2 23 140 1 3];
    /// CA/Browser Forum, Baseline Requirements for Code-Signing Certificates, 7.1.6.1.
    CABF_CODE_SIGNING = "cabfCodeSigning" [2 23 140 1 4 1];
    /// CA/Browser Forum, Baseline Requirements for Code-Signing Certificates, 7.1.6.1.
    CABF_TIMESTAMPING = "cabfTimestamping" [2 23 140 1 4 2];
    /// DigiCert Certification Practices Statement, 1.2.
    DIGICERT_CODE_SIGNING = "digicertCodeSigning" [2 16 840 1 114412 3 1];
    /// DigiCert Certification Practices Statement, 1.2.
    DIGICERT_EV_CODE_SIGNING = "digicertEvCodeSigning" [2 16 840 1 114412 3 2];
    /// DigiCert Certification Practices Statement, 1.2.
    DIGICERT_TIMESTAMPING = "digicertTimestamping" [2 16 840 1 114412 7 1];
    /// Sectigo (once Comodo) Certification Practice Statement.
    SECTIGO_CODE_SIGNING = "sectigoCodeSigning" [1 3 6 1 4 1 6449 1 2 1 3 2];
}
